internal import Backbones
internal import Datasets
internal import Foundation
internal import Generative
internal import RunData
public import Runs
public import Torch
internal import Training

/// Restoring pictures from measurements with a trained model of pictures as the prior.
///
///     let restoration = Restoration(.superResolution)
///     let result = try restoration.restore(pictures, of: labels, with: model, seed: Seed(0))
public struct Restoration: Sendable {
    /// A kind of damage.
    public enum Task: String, Sendable, Hashable, CaseIterable {
        /// A part of each picture is missing: the middle, unless a mask is given.
        case inpainting
        /// Means of squares of 4 x 4 pixels.
        case superResolution = "super-resolution"
        /// A Gaussian blur of deviation 1.5 pixels.
        case deblurring
    }

    /// A way in which the measurement guides samples.
    public enum Guidance: String, Sendable, Hashable, CaseIterable {
        /// ``/Generative/MeasurementPull/gradient``: ΠGDM, a backward pass per evaluation.
        case gradient
        /// ``/Generative/MeasurementPull/projection``: DDNM, no gradient.
        case projection
        /// ``/Generative/PosteriorSampling``: DPS, a backward pass per evaluation and many steps.
        case dps
    }

    /// The damage.
    public var task: Task
    /// Deviation of the measurement's noise, in units of pictures in [-1, 1].
    public var noise = 0.05
    /// The way of guiding.
    public var guidance = Guidance.gradient
    /// Steps of the sampler.
    public var steps = 100
    /// η of DDIM: 1 draws noise in each step, which lets samples recover from errors; 0 draws none.
    public var eta = 1.0
    /// Length of the steps of DPS.
    public var scale = 1.0
    /// 1 where pixels are seen [h, w], for inpainting; the middle half of both sides is missing if nil.
    public var mask: Tensor?
    /// s of ``/Generative/Measurement``, the deviation of pictures about their mean.
    public var dataDeviation = 0.5

    /// A restoration with noise 0.05 in 100 steps guided by the gradient.
    public init(_ task: Task) { self.task = task }

    /// Pictures, their measurements, and what was made of them.
    public struct Result: Sendable {
        /// The pictures [N, C, h, w] in [-1, 1].
        public let truth: Tensor
        /// Measurements as pictures of the same size: missing pixels are 0, squares have their mean.
        public let measured: Tensor
        /// The restored pictures.
        public let restored: Tensor
        /// Peak signal-to-noise ratio of the measurements as pictures, in dB.
        public let measuredQuality: [Double]
        /// Peak signal-to-noise ratio of the restored pictures, in dB.
        public let restoredQuality: [Double]
        /// The sampler and its guidance.
        public let sampler: String
        /// Evaluations of the model per picture.
        public let evaluations: Double
    }

    /// Damages pictures and restores them.
    ///
    /// - Parameters:
    ///   - pictures: [N, C, h, w] in [-1, 1], of the size of the run's data.
    ///   - labels: Classes, one per picture: the model is told them.
    ///   - model: A trained run of a ``LevelMethod`` on pictures.
    ///   - seed: Origin of the measurement's noise and the sampler's.
    /// - Returns: Pictures and their qualities, on the CPU.
    /// - Throws: ``/Training/TrainingError`` if the run, the pictures or the mask do not fit.
    public func restore(_ pictures: Tensor, of labels: [Int], with model: TrainedModel, seed: Seed) throws -> Result {
        let layout = model.layout
        guard let method = model.settings.method as? any LevelMethod,
            let network = method.sampledStages.last.flatMap({ model.networks[$0] })
        else {
            throw TrainingError(
                "A run of method \(type(of: model.settings.method).name) restores nothing: its network does not estimate "
                    + "data behind noise. Take a run of method flow.")
        }
        guard layout.isImage else {
            throw TrainingError("The run generates \(layout.kind.rawValue); only pictures are restored.")
        }
        guard Array(pictures.shape.dropFirst()) == layout.sampleShape, pictures.shape[0] == labels.count else {
            throw TrainingError(
                "Pictures of shape \(Array(pictures.shape.dropFirst())) do not fit a run on \(layout.sampleShape).")
        }
        let truth = Pixels.padded(pictures.to(model.device, .float32), to: Size2D(layout.size))
        let operation = try linearOperator(on: layout)
        let condition = Tensor(labels, device: model.device)
        let restored = withoutGradients {
            run(operation, method, network, truth, condition, seed)
        }
        func shown(_ images: Tensor) -> Tensor { layout.cropped(images.to(.cpu, .float32)) }
        let (picture, measured, result) = (shown(truth), shown(restored.measured), shown(restored.samples.values))
        return Result(
            truth: picture, measured: measured, restored: result, measuredQuality: Self.quality(measured, picture),
            restoredQuality: Self.quality(result, picture), sampler: restored.sampler,
            evaluations: restored.samples.meanEvaluations)
    }

    private func run(
        _ operation: any LinearOperator, _ method: any LevelMethod, _ network: any ConditionalNetwork,
        _ truth: Tensor, _ labels: Tensor, _ seed: Seed
    ) -> (measured: Tensor, samples: Samples, sampler: String) {
        func restore(_ operation: some LinearOperator, _ model: some LevelModel<Tensor>) -> (Tensor, Samples, String) {
            let measurement = Measurement(operation, noise: noise, dataDeviation: dataDeviation)
            let z = measurement.measure(truth, using: RandomSource(seed.child("measurement"), device: truth.device))
            let start =
                SampleNoise(seed).normal(Array(0..<truth.shape[0]), shape: Array(truth.shape.dropFirst()))
                .to(truth.device) * method.startDeviation
            let chance = RandomSource(seed.child("sampler"), device: truth.device)
            let grid = method.levelGrid(steps: steps)
            let rule = DDIM(eta: eta)
            let picture = asPicture(z, operation)
            guard guidance != .dps else {
                let posterior = PosteriorSampling(rule, operation, towards: z, scale: scale)
                let samples = DiffusionSampler(posterior, over: grid).sample(
                    model, from: start, given: labels, using: chance)
                return (picture, samples, "\(posterior), \(steps) steps")
            }
            let pull: MeasurementPull = guidance == .gradient ? .gradient : .projection
            let samples = DiffusionSampler(rule, over: grid).sample(
                MeasurementGuidance(of: model, measurement, pull: pull), from: start, given: Measured(labels, z),
                using: chance)
            return (picture, samples, "\(rule), \(pull.rawValue) of the measurement, \(steps) steps")
        }
        return restore(operation, method.levelModel(of: network))
    }

    /// Measurements in the size of the pictures.
    private func asPicture(_ z: Tensor, _ operation: some LinearOperator) -> Tensor {
        guard task == .superResolution else { return z }
        return operation.adjoint(z) * Double(Self.factor * Self.factor)
    }

    private static let factor = 4

    /// The operator on pictures as networks see them, the padded border included.
    private func linearOperator(on layout: DataLayout) throws -> any LinearOperator {
        let shape = layout.shape
        switch task {
        case .deblurring: return SeparableOperator.gaussianBlur(deviation: 1.5, of: shape)
        case .superResolution:
            guard layout.size % Self.factor == 0 else {
                throw TrainingError(
                    "Pictures of \(layout.size) pixels have no squares of 4 x 4: super-resolution needs them.")
            }
            return SeparableOperator.averagePooling(Self.factor, of: shape)
        case .inpainting:
            let seen = mask ?? Self.withoutMiddle(layout.height, layout.width)
            guard seen.shape == [layout.height, layout.width] else {
                throw TrainingError(
                    "The mask has \(seen.shape) pixels, and the pictures \([layout.height, layout.width]): make them the same."
                )
            }
            // The border that padding adds is known.
            let whole = Pixels.padded(seen.to(.float32).unsqueeze(0).unsqueeze(0), to: Size2D(layout.size), value: 1)
            return MaskOperator(whole.squeeze(0), of: shape)
        }
    }

    private static func withoutMiddle(_ height: Int, _ width: Int) -> Tensor {
        let mask = Tensor.ones([height, width])
        mask.slice(0, height / 4, height - height / 4).slice(1, width / 4, width - width / 4).fillInPlace(0)
        return mask
    }

    /// 10 log10(4 / mean square error): pictures span 2.
    private static func quality(_ images: Tensor, _ truth: Tensor) -> [Double] {
        let errors = (images - truth).to(.float64).square().flatten(1).mean(1).scalars(as: Double.self)
        return errors.map { 10 * log10(4 / $0) }
    }
}
