public import Backbones
internal import Foundation
public import Generative
public import RunData
internal import Settings
public import Torch
internal import TorchNN
public import Training

/// The trained networks of a run, ready to sample from.
public struct TrainedModel {
    /// Weights of a checkpoint.
    public enum Choice: String, Sendable, CaseIterable {
        /// Averaged over training.
        case ema
        /// As the optimiser left them.
        case raw
    }

    /// Rows of a network evaluation, always; see ``TiledNetwork``.
    public static let tile = 64
    /// Samples that are under way at the same time by default.
    public static let batch = 512

    /// Settings of the run, with the sampling that is used.
    public let settings: RunSettings
    /// Sizes and names of the data that it learned.
    public let layout: DataLayout
    /// Step of the checkpoint.
    public let step: Int
    /// Device of the networks.
    public let device: Device
    /// The way from noise to samples.
    public let source: any SampleSource
    /// Numbers that are trained in the networks that draw samples, of a model that was read from a run.
    public private(set) var parameterCount = 0
    /// Networks of the sampled stages by name, for evaluation only.
    public let networks: [String: any ConditionalNetwork]

    /// Reads the latest checkpoint of a run.
    ///
    /// - Parameters:
    ///   - folder: The run.
    ///   - methods: Methods that the run may be of.
    ///   - choice: Averaged weights, or those of the optimiser.
    ///   - device: Place of the networks; the run's device if nil.
    ///   - wanted: Step of the checkpoint of the last stage; the latest one if nil.
    ///   - assignments: Changes of section `sampling`, such as `sampling.steps=8`.
    /// - Throws: An error that names what is missing or does not fit.
    public init(
        _ folder: RunFolder, methods: MethodCatalog, weights choice: Choice = .ema, on device: Device? = nil,
        at wanted: Int? = nil, setting assignments: [String] = []
    ) throws {
        try folder.requireRun()
        if let other = assignments.first(where: { !$0.hasPrefix("sampling.") && !$0.hasPrefix("sampling=") }) {
            throw TrainingError(
                "--set \(other): of a trained run only the section sampling can be changed, as in sampling.KEY=VALUE.")
        }
        let settings = try RunSettings(methods).reading(file: folder.configuration.path).changingSampling(assignments)
        let device = try device ?? Device(named: settings.training.device)
        let layout = try DataLayout(settings.data)
        let method = settings.method
        guard let checkpoint = try Self.checkpoint(of: folder, at: wanted) else {
            throw TrainingError(
                "\(folder.url.path) has no checkpoint yet. Train it first: pushforward train --run \(folder.url.path) --resume."
            )
        }
        var networks: [String: any ConditionalNetwork] = [:]
        var parameters = 0
        for name in method.sampledStages {
            let own = name == method.sampledStages.last ? folder : folder.stage(name)
            let store = ParameterStore(seed: Seed(UInt64(settings.training.seed)), device: device)
            networks[name] = try settings.network.network(for: method.interface(for: layout), in: store.root)
            try method.buildCompanions(of: settings.network, for: layout, in: store)
            if wanted != nil, name == method.sampledStages.last {
                try Self.load(checkpoint, into: store, choice, settings, stage: name)
            } else {
                try Self.loadLatest(of: own, into: store, choice, settings, stage: name)
            }
            parameters += store.count
        }
        try self.init(settings, layout, networks, step: checkpoint.step, on: device)
        parameterCount = parameters
    }

    /// A model whose networks are given.
    ///
    /// - Throws: Errors of the method about the sampling.
    init(
        _ settings: RunSettings, _ layout: DataLayout, _ networks: [String: any ConditionalNetwork], step: Int,
        on device: Device
    ) throws {
        self.settings = settings
        self.layout = layout
        self.networks = networks
        self.step = step
        self.device = device
        let tiled = networks.mapValues { TiledNetwork($0, rows: Self.tile) as any ConditionalNetwork }
        source = try settings.method.source(tiled, settings.sampling, for: layout, in: settings, on: device)
    }

    /// The same model with another sampling.
    public func sampling(by sampling: any SamplingSettings) throws -> TrainedModel {
        var settings = settings
        settings.sampling = sampling
        var model = try TrainedModel(settings, layout, networks, step: step, on: device)
        model.parameterCount = parameterCount
        return model
    }

    /// The checkpoint after a number of steps, which must be there, or the latest one.
    private static func checkpoint(of folder: RunFolder, at step: Int?) throws -> Checkpoint? {
        guard let step else { return folder.latestCheckpoint() }
        let all = folder.allCheckpoints()
        if let checkpoint = all.first(where: { $0.step == step }) { return checkpoint }
        let steps = all.map { "\($0.step)" }.joined(separator: ", ")
        throw TrainingError("\(folder.url.path) keeps no checkpoint of step \(step); it has those of: \(steps).")
    }

    /// Loads the newest checkpoint; an error says which older one is whole.
    private static func loadLatest(
        of folder: RunFolder, into store: ParameterStore, _ choice: Choice, _ settings: RunSettings, stage: String
    ) throws {
        guard let checkpoint = folder.latestCheckpoint() else {
            throw TrainingError(
                "\(folder.url.path) has no checkpoint yet. Train it first: pushforward train --run \(folder.url.path) --resume."
            )
        }
        do {
            try load(checkpoint, into: store, choice, settings, stage: stage)
        } catch {
            let older = folder.allCheckpoints().filter { $0.step < checkpoint.step }.reversed()
            let whole = older.first { (try? load($0, into: store, choice, settings, stage: stage)) != nil }
            guard let whole else { throw error }
            let name = whole.url.lastPathComponent
            throw TrainingError(
                """
                \(error)
                The checkpoint \(whole.url.path) is whole. train --resume goes on from it; to sample from it, point the link \
                \(folder.checkpoints.appending(path: "latest").path) to \(name).
                """)
        }
    }

    private static func load(
        _ checkpoint: Checkpoint, into store: ParameterStore, _ choice: Choice, _ settings: RunSettings, stage: String
    ) throws {
        let files = CheckpointFiles(checkpoint.url)
        try files.require(CheckpointIdentity(method: type(of: settings.method).name, stage: stage))
        guard choice == .ema else {
            try Weights.load(into: store, from: files.model)
            return try CheckpointFiles.requireFinite(store.state, in: files.model)
        }
        let averages = ExponentialMovingAverage(of: store, decays: settings.training.averages, warmsUp: true)
        try averages.restore(SafetensorsFile(files.averages).tensors, from: files.averages.path)
        try CheckpointFiles.requireFinite(averages.store.state, in: files.averages)
        if let raw = try? SafetensorsFile(files.model) {
            try CheckpointPlausibility(settings.training, step: checkpoint.step).require(
                averages: averages.store.state, of: raw.tensors.map { ($0.key, $0.value) }, in: files.averages)
        }
        for (target, source) in zip(store.state, averages.store.state) { target.tensor.copy(from: source.tensor) }
    }

    /// The data that samples look like: those of section `data`, or `source_data` of a sampling that ends there.
    public var resembled: DataSettings {
        settings.sampling.endsAtSource ? settings.sourceData ?? settings.data : settings.data
    }

    /// One sample per label.
    ///
    /// Sample i depends on seed, i, its label and the sampling only: the same seed gives the same bytes on one machine, whatever
    /// the number of samples and the batch.
    ///
    /// - Parameters:
    ///   - labels: Classes, one per sample.
    ///   - seed: Origin of the noise.
    ///   - batch: Samples that are under way at the same time.
    ///   - progress: Told the share that is done; nil costs nothing.
    /// - Returns: Images [N, C, h, w] in [-1, 1] in the size of the data, or points [N, D], float32 on the CPU, with the
    ///   evaluations and passes of each and the reason for which its sampler stopped.
    public func samples(
        of labels: [Int], seed: Seed, batch: Int = Self.batch, progress: ((Double) throws -> Void)? = nil
    ) throws -> Samples {
        guard !labels.isEmpty else {
            return Samples(values: .zeros([0] + layout.sampleShape), evaluations: 0, stopped: .completed)
        }
        // One scope around all batches, which converts each weight once.
        let batches = try withAutocast(settings.training.precision.dtype(on: device), on: device) {
            try withoutGradients {
                try stride(from: 0, to: labels.count, by: batch).map { start in
                    let range = start..<min(start + batch, labels.count)
                    let request = SampleRequest(indices: Array(range), labels: Array(labels[range]), seed: seed)
                    let observer = progress.map { progress in
                        { (report: StepReport) in
                            try progress((Double(start) + report.fraction * Double(range.count)) / Double(labels.count))
                        }
                    }
                    return onHost(try source.samples(request, observing: observer))
                }
            }
        }
        return Samples(joining: batches)
    }

    private func onHost(_ samples: Samples) -> Samples {
        var samples = samples
        let host = samples.values.to(.cpu, .float32)
        samples.values = layout.isImage ? layout.cropped(host) : host
        return samples
    }
}
