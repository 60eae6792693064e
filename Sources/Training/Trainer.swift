public import Foundation
public import Generative
public import Torch
public import TorchNN

/// The one way in which everything here is trained: batch, loss, gradient, clip, AdamW, averages.
///
/// It knows neither the method nor the network: an ``/Generative/Objective`` judges a model on batches of a
/// ``/Generative/BatchSource``.
public final class Trainer<Objective: Generative.Objective>: Trainable {
    private let gradient: GradientStep<Objective>
    private let batches: any BatchSource<Objective.Batch>
    private let store: ParameterStore
    private let settings: TrainingSettings
    private let device: Device
    private let learningRate: LearningRate
    private let optimizer: AdamW
    private let seed: Seed
    private let identity: CheckpointIdentity

    /// Averages of the parameters; a network built in their store is the one to sample from.
    public let averages: ExponentialMovingAverage

    /// Steps done so far.
    public private(set) var step = 0

    /// A training at its start.
    ///
    /// - Parameters:
    ///   - model: The network, complete in `store`.
    ///   - objective: Loss to minimise.
    ///   - batches: Examples of each step.
    ///   - store: The parameters that are trained.
    ///   - settings: Optimiser, precision, schedule.
    ///   - seed: Origin of the objective's randomness.
    ///   - identity: Method and stage, for checkpoints.
    public init(
        model: Objective.Model, objective: Objective, batches: any BatchSource<Objective.Batch>, store: ParameterStore,
        settings: TrainingSettings, seed: Seed, identity: CheckpointIdentity
    ) {
        self.batches = batches
        self.store = store
        self.settings = settings
        self.seed = seed
        self.identity = identity
        device = store.device
        learningRate = settings.learningRateSchedule
        optimizer = AdamW(
            store,
            AdamW.Configuration(
                beta1: settings.betas[0], beta2: settings.betas[1], weightDecay: settings.weightDecay))
        gradient = GradientStep(objective, of: model, for: optimizer, on: device, settings)
        averages = ExponentialMovingAverage(of: store, decays: settings.averages, warmsUp: true)
    }

    /// Does one step.
    public func advance(at share: Double?) throws -> TrainingReport {
        try catchingTorchErrors {
            let batch = try batches.batch(at: step)
            let loss = try gradient.loss(
                on: batch, using: RandomSource(seed.child(step), device: device))
            let norm = clipGradients(of: store, globalNorm: settings.clip ?? .infinity)
            let rate = share.map { learningRate(at: step, share: $0) } ?? learningRate(at: step)
            let report = try report(loss, mean: loss.mean.item(), norm: norm.item(), rate: rate)
            optimizer.step(learningRate: rate)
            averages.update()
            step += 1
            return report
        }
    }

    private func report(_ loss: Loss, mean: Double, norm: Double, rate: Double) throws -> TrainingReport {
        guard mean.isFinite else {
            throw TrainingError.notFinite("loss", step: step + 1, terms: loss.nonFiniteTerms)
        }
        guard norm.isFinite else { throw TrainingError.notFinite("gradient", step: step + 1, terms: []) }
        let own = [("loss", mean), ("gradient_norm", norm), ("learning_rate", rate)]
        let others = loss.metrics.map { ($0.name, $0.value.to(.float64).mean().item()) }
        return TrainingReport(step: step + 1, loss: mean, values: own + others)
    }

    /// Writes `model.safetensors`, `ema.safetensors`, `optimizer.safetensors` and `state.json`.
    ///
    /// - Throws: ``TrainingError`` if a weight, an average or a moment of the optimiser is not finite: such a state is no good
    ///   to go on from.
    public func save(into folder: URL) throws {
        let broken = [
            ("", store.state), ("the average of ", averages.state), ("the optimiser's ", optimizer.state),
        ].flatMap { owner, tensors in tensors.notFinite.map { owner + $0 } }
        guard broken.isEmpty else { throw TrainingError.notFinite(weights: broken, step: step) }
        try CheckpointFiles(folder).save(
            .init(method: identity.method, stage: identity.stage, step: step, seed: seed.value), model: store,
            optimizer: optimizer,
            averages: averages)
    }

    /// Takes over the files that ``save(into:)`` wrote; the training then goes on to the same bits.
    public func restore(from folder: URL) throws {
        let state = try CheckpointFiles(folder).restore(
            identity, model: store, optimizer: optimizer, averages: averages)
        let plausible = CheckpointPlausibility(settings, step: state.step)
        let files = CheckpointFiles(folder)
        try plausible.require(updates: averages.updates, in: files.averages)
        for average in averages.stores {
            try plausible.require(averages: average.state, of: store.state, in: files.averages)
        }
        try plausible.require(optimizer: optimizer.state, in: files.optimizer)
        guard state.seed == seed.value else {
            throw TrainingError(
                """
                \(folder.path): the checkpoint was made with another seed. Resume with the run's own config.yaml, or \
                start a new run.
                """)
        }
        step = state.step
    }
}

extension Sequence<NamedTensor> {
    /// Names of the tensors that hold a NaN or an infinity.
    package var notFinite: [String] {
        filter { $0.tensor.dtype.isFloatingPoint && $0.tensor.isfinite().all().intItem() == 0 }.map(\.name)
    }
}

extension TrainingSettings {
    var learningRateSchedule: LearningRate {
        let floor = learningRate / 100
        switch schedule {
        case .constant: return .constant(learningRate, warmup: warmupSteps)
        case .cosine: return .cosine(learningRate, warmup: warmupSteps, total: steps, floor: floor)
        case .linear: return .linear(learningRate, warmup: warmupSteps, total: steps, floor: floor)
        }
    }
}

extension TrainingSettings.Precision {
    /// The dtype of autocast on a device; nil for none.
    public func dtype(on device: Device) -> DType? {
        switch self {
        case .float32, .tf32: nil
        case .bfloat16: .bfloat16
        case .auto: device == .cpu && !Machine.hasFastBFloat16 || device == .mps ? nil : .bfloat16
        }
    }
}
