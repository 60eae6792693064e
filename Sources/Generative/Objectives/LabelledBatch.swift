public import Torch

/// One step's examples for methods that cover data with noise: data, labels, noise and times, B of each.
///
/// Noise and times are part of the batch, so an objective on it is deterministic and its step can be recorded.
public struct LabelledBatch: Sendable {
    /// Data y [B, ...].
    public var data: Tensor
    /// Class labels [B], int64; 0 throughout where data have none.
    public var labels: Tensor
    /// Standard normal noise e, shaped like the data.
    public var noise: Tensor
    /// Times in [0, 1] [B], at least in single precision.
    public var time: Tensor

    /// A batch of given tensors.
    public init(data: Tensor, labels: Tensor, noise: Tensor, time: Tensor) {
        demand(noise.shape == data.shape, "noise of shape \(noise.shape) for data of shape \(data.shape)")
        let count = data.shape.first ?? 0
        demand(
            labels.shape == [count] && time.shape == [count],
            "labels \(labels.shape) and times \(time.shape) for \(count) examples; both have the shape [\(count)]")
        self.data = data
        self.labels = labels
        self.noise = noise
        self.time = time
    }

    /// A batch of data whose noise, times and dropped labels are drawn.
    ///
    ///     let source = RandomSource(seed.child("transport").child(step), device: device)
    ///     let batch = LabelledBatch(data: images, labels: classes, times: .logitNormal(), using: source)
    ///
    /// - Parameters:
    ///   - data: Data y [B, ...], on the device of the source.
    ///   - labels: Class labels [B], int64, in the same place; 0 throughout if nil.
    ///   - times: Distribution of the times, which each batch covers evenly; uniform by default.
    ///   - dropout: Labels to replace; none by default.
    ///   - source: Randomness. A source made from the seed and the step's number makes the batch a function of these.
    public init(
        data: Tensor, labels: Tensor? = nil, times: any TimeDistribution = .uniform, dropout: LabelDropout? = nil,
        using source: RandomSource
    ) {
        let count = data.shape[0]
        let labels = labels ?? .zeros([count], dtype: .int64, device: data.device)
        let noise = Tensor.randn(data.shape, using: source, dtype: data.dtype)
        let time = times.sample(
            count, stratified: true, using: source, dtype: data.dtype == .float64 ? .float64 : .float32)
        let told = dropout?.applied(to: labels, using: source) ?? labels
        self.init(data: data, labels: told, noise: noise, time: time)
    }
}

extension LabelledBatch: RecordableBatch {
    /// The batch with data, labels, noise and times replaced, in this order.
    public func mapTensors(_ transform: (Tensor) -> Tensor) -> LabelledBatch {
        LabelledBatch(
            data: transform(data), labels: transform(labels), noise: transform(noise), time: transform(time))
    }
}
