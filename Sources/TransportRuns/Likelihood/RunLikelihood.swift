internal import Backbones
internal import Datasets
internal import Foundation
internal import Generative
internal import RunData
public import Runs
public import Torch
internal import Training
public import Transport

/// Log-densities of examples under a trained run's probability flow, in bits per dimension.
///
///     let likelihood = try RunLikelihood(model, divergence: .hutchinson(probes: 1))
///     let row = try likelihood.measure(images, labels: labels, tolerance: 1e-4, seed: Seed(0))
///
/// Images are dequantised uniformly, by noise within the width of a byte, in the way in which the run saw them: y = (x + u) / 128 - 1
/// where it was trained on dequantised pixels, else (x + u - 1/2) / 127.5 - 1; u is uniform in [0, 1). Points have a density as they
/// are. The model is that of the weights, without guidance and temperature, which have no density.
public struct RunLikelihood {
    /// Numbers of some examples at one tolerance.
    public struct Row: Sendable, Codable, Hashable {
        /// Largest error of a step, absolute and relative.
        public var tolerance: Double
        /// Mean over the examples of -log2 p(y) / D + log2 of the bytes in a unit; without the latter for points.
        public var bitsPerDimension: Double
        /// Its standard error over examples.
        public var standardError: Double
        /// Mean log-density of the dequantised example in nats.
        public var logDensity: Double
        /// Mean evaluations of an example, each with its backward passes.
        public var evaluations: Double
        /// Mean over examples and dimensions of the distance to the example, from it to its noise and back.
        public var roundTrip: Double
        /// The largest such distance.
        public var worstRoundTrip: Double
        /// Examples whose solver did not reach the end, which the means leave out.
        public var incomplete: Int
    }

    /// Way to the divergence.
    public let divergence: Divergence
    /// D, numbers of an example.
    public let dimensions: Int
    /// Bytes in a unit of the data: 128 or 127.5 for images, 1 for points.
    public let scale: Double
    /// The prior at t = 0 for readers.
    public let prior: String

    private let process: TransportProcess
    private let field: AnyField
    private let model: TrainedModel

    /// The likelihood of a trained run.
    ///
    /// - Parameters:
    ///   - model: The run.
    ///   - divergence: Way to the divergence.
    /// - Throws: An error if the run's method has no velocity, or its networks see other images than the data hold.
    public init(_ model: TrainedModel, divergence: Divergence) throws {
        guard let method = model.settings.method as? any TransportMethod, let network = model.networks["model"] else {
            let name = type(of: model.settings.method).name
            throw TrainingError("A run of the method \(name) follows no velocity, so its samples have no density.")
        }
        let layout = model.layout
        guard layout.kind != .images || (layout.height == layout.size && layout.width == layout.size) else {
            throw TrainingError(
                """
                The run pads images of \(layout.height) x \(layout.width) to \(layout.size) x \(layout.size), and the density of a padded \
                image is not that of the image. Train with data.size: \(layout.height) for a likelihood.
                """)
        }
        guard layout.kind != .latents else {
            throw TrainingError("The run learns latents, whose density is not that of images.")
        }
        self.model = model
        self.divergence = divergence
        process = method.process
        field = AnyField(method.process.field(of: network))
        dimensions = network.inputShape.reduce(1, *)
        scale = layout.isImage ? (layout.quantisation == .levels ? 128 : 127.5) : 1
        let deviation = (process.priorDeviation * 1e6).rounded() / 1e6
        prior = "N(0, \(deviation == 1 ? "I" : "\(deviation)^2 I")) at t = 0"
    }

    /// Numbers of examples.
    ///
    /// - Parameters:
    ///   - examples: Images as bytes [N, C, H, W], or points [N, D].
    ///   - labels: Classes, one per example; for the model without class, the null class.
    ///   - tolerance: Largest error of a step, absolute and relative.
    ///   - seed: Origin of dequantisation and probes, which do not depend on the tolerance.
    ///   - batch: Examples at a time.
    ///   - progress: Told the share that is done.
    /// - Throws: Errors of libtorch, and that no example was complete.
    public func measure(
        _ examples: Tensor, labels: [Int], tolerance: Double, seed: Seed, batch: Int = 64,
        progress: (Double) -> Void = { _ in }
    ) throws -> Row {
        let count = examples.shape[0]
        var parts = Parts()
        for start in stride(from: 0, to: count, by: batch) {
            let rows = start..<min(start + batch, count)
            let source = RandomSource(seed.child(start), device: model.device)
            let y = dequantised(examples.slice(0, rows.lowerBound, rows.upperBound).to(model.device), source)
            let label = Tensor(Array(labels[rows]), device: model.device)
            try catchingTorchErrors { try parts.add(part(y, label, tolerance, source), of: self) }
            progress(Double(rows.upperBound) / Double(count))
        }
        return try parts.row(tolerance)
    }

    private func dequantised(_ examples: Tensor, _ source: RandomSource) -> Tensor {
        let plain = examples.to(.float32)
        guard model.layout.isImage else { return plain }
        let u = Tensor.rand(plain.shape, using: source, dtype: .float32)
        return scale == 128 ? (plain + u) / 128 - 1 : (plain + u - 0.5) / 127.5 - 1
    }

    /// Densities of a batch, and the way back from its noise.
    private func part(
        _ y: Tensor, _ labels: Tensor, _ tolerance: Double, _ source: RandomSource
    ) throws -> (Likelihood.Result, back: Tensor) {
        let control = StepSizeControl(absoluteTolerance: tolerance, relativeTolerance: tolerance)
        let likelihood = Likelihood(divergence: divergence, solver: .adaptive(control), over: process.interval)
        let result = likelihood.logDensity(
            of: y, under: field, given: labels, prior: .normal(deviation: process.priorDeviation), using: source)
        let back = AdaptiveODESampler(control: control, over: process.interval, for: AnyField.self)
            .sample(field, from: result.noise, given: labels, using: source)
        return (result, (back.values - y).abs().flatten(1))
    }

    /// Numbers of all batches.
    private struct Parts {
        var bits: [Double] = []
        var logDensities: [Double] = []
        var evaluations: [Double] = []
        var distances: [Double] = []
        var worst = 0.0
        var incomplete = 0

        mutating func add(_ part: (result: Likelihood.Result, back: Tensor), of run: RunLikelihood) throws {
            let (result, back) = part
            let bits = BitsPerDimension.of(result.logDensity, dimensions: run.dimensions, scale: run.scale)
            let all = (
                bits.scalars(as: Double.self), result.logDensity.scalars(as: Double.self),
                back.mean(1).scalars(as: Double.self), back.amax(1).scalars(as: Double.self)
            )
            for row in all.0.indices {
                guard result.stopped[row] == .completed, all.0[row].isFinite else {
                    incomplete += 1
                    continue
                }
                self.bits.append(all.0[row])
                logDensities.append(all.1[row])
                evaluations.append(Double(result.evaluations[row]))
                distances.append(all.2[row])
                worst = max(worst, all.3[row])
            }
        }

        func row(_ tolerance: Double) throws -> Row {
            guard !bits.isEmpty else {
                throw TrainingError("The solver reached the noise of no example: allow a larger tolerance.")
            }
            func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
            let centre = mean(bits)
            let squares = bits.reduce(0.0) { $0 + ($1 - centre) * ($1 - centre) }
            let count = Double(bits.count)
            return Row(
                tolerance: tolerance, bitsPerDimension: centre,
                standardError: bits.count > 1 ? (squares / (count - 1) / count).squareRoot() : .nan,
                logDensity: mean(logDensities), evaluations: mean(evaluations), roundTrip: mean(distances),
                worstRoundTrip: worst, incomplete: incomplete)
        }
    }
}
