public import Generative
public import Torch

/// Pairs of ends with noise and times, B of each.
public struct BridgeBatch: RecordableBatch, Sendable {
    /// Ends at t = 0, [B, ...].
    public var start: Tensor
    /// Ends at t = 1, shaped like the others.
    public var end: Tensor
    /// Standard normal noise, shaped like the ends.
    public var noise: Tensor
    /// Times in (0, 1) [B].
    public var time: Tensor

    /// Share of the time next to each end that no time lies in, by default: 0.001.
    public static let margin = 1e-3

    /// A batch of given tensors.
    public init(start: Tensor, end: Tensor, noise: Tensor, time: Tensor) {
        demand(
            start.shape == end.shape && noise.shape == start.shape,
            "ends of shapes \(start.shape) and \(end.shape) with noise of shape \(noise.shape)")
        demand(time.shape == [start.shape.first ?? 0], "times of shape \(time.shape) for ends of shape \(start.shape)")
        (self.start, self.end, self.noise, self.time) = (start, end, noise, time)
    }

    /// Pairs whose noise and times are drawn, the times uniform and spread evenly over the batch.
    public init(start: Tensor, end: Tensor, using source: RandomSource) {
        let noise = Tensor.randn(start.shape, using: source, dtype: start.dtype)
        let times = UniformTimes(over: Self.margin...(1 - Self.margin))
        let time = times.sample(
            start.shape[0], stratified: true, using: source, dtype: start.dtype == .float64 ? .float64 : .float32)
        self.init(start: start, end: end, noise: noise, time: time)
    }

    /// The same pairs seen with time running the other way.
    public var reversed: BridgeBatch { BridgeBatch(start: end, end: start, noise: noise, time: 1 - time) }

    /// The batch with ends, noise and times replaced, in this order.
    public func mapTensors(_ transform: (Tensor) -> Tensor) -> BridgeBatch {
        BridgeBatch(
            start: transform(start), end: transform(end), noise: transform(noise), time: transform(time))
    }
}
