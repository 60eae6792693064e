internal import Foundation
internal import Generative
internal import Settings
public import Torch
internal import TorchNN

/// A generator out of a run's folder, ready to sample from.
public struct TrainedGenerator {
    /// Which weights of a checkpoint.
    public enum Choice: String, Sendable, CaseIterable {
        /// Averaged over training.
        case ema
        /// As the optimiser left them.
        case raw
    }

    /// Samples are computed so many at a time, always: results do not depend on how many are asked for.
    static let chunk = 64

    /// Settings of the run.
    public let settings: RunSettings
    /// Sizes and names of the data that it learned.
    public let layout: DataLayout
    /// Step of the checkpoint.
    public let step: Int
    private let network: GeneratorNetwork
    let device: Device

    /// Reads the latest checkpoint of a run.
    ///
    /// - Parameters:
    ///   - folder: The run.
    ///   - choice: Which weights.
    ///   - device: Where to sample; the run's device if nil.
    /// - Throws: What is missing or does not fit.
    public init(_ folder: RunFolder, weights choice: Choice = .ema, on device: Device? = nil) throws {
        guard folder.exists else { throw RunError.missing(folder) }
        settings = try RunSettings().reading(file: folder.configuration.path)
        guard let checkpoint = folder.latestCheckpoint() else {
            throw TrainingError("\(folder.url.path) has no checkpoint yet. Train it first: pushforward train --resume.")
        }
        let device = try device ?? Device(named: settings.training.device)
        let seed = Seed(UInt64(settings.training.seed))
        layout = try DataLayout(settings.data)
        let store = ParameterStore(seed: seed.child("generator"), device: device)
        network = GeneratorNetwork(settings, for: layout, in: store.root)
        let files = CheckpointFiles(checkpoint.url)
        switch choice {
        case .raw: try Weights.load(into: store, from: files.model)
        case .ema:
            let averages = ExponentialMovingAverage(of: store, decays: settings.training.averages, warmsUp: true)
            try averages.restore(SafetensorsFile(files.averages).tensors, from: files.averages.path)
            for (target, source) in zip(store.state, averages.store.state) { target.tensor.copy(from: source.tensor) }
        }
        self.device = device
        step = checkpoint.step
    }

    init(_ settings: RunSettings, _ layout: DataLayout, _ network: GeneratorNetwork, step: Int, on device: Device) {
        self.settings = settings
        self.layout = layout
        self.network = network
        self.step = step
        self.device = device
    }

    /// Whether the guidance strength was an input in training.
    public var isGuided: Bool { network.isGuided }

    /// One sample per label, in one network evaluation each.
    ///
    /// Sample i depends on seed, i, its label and the guidance only: the same seed gives the same bytes, whatever the
    /// number of samples.
    ///
    /// - Parameters:
    ///   - labels: Classes, one per sample.
    ///   - guidance: Strength, at least 1; without effect on a generator that was trained without.
    ///   - seed: Where the noise comes from.
    /// - Returns: Images [N, C, h, w] in [-1, 1] in the size of the data, or points [N, 2], float32 on the CPU.
    public func samples(of labels: [Int], guidance: Double = 1, seed: Seed) -> Tensor {
        // One scope around all chunks, which converts each weight once.
        let chunks = withAutocast(settings.training.precision.dtype(on: device), on: device) {
            stride(from: 0, to: labels.count, by: Self.chunk).enumerated().map { index, start in
                let wanted = Array(labels[start..<min(start + Self.chunk, labels.count)])
                return samples(ofChunk: wanted, guidance, seed.child(index)).slice(0, 0, wanted.count)
            }
        }
        return chunks.isEmpty ? Tensor.zeros([0]) : Tensor.cat(chunks)
    }

    private func samples(ofChunk labels: [Int], _ guidance: Double, _ seed: Seed) -> Tensor {
        let filled = labels + [Int](repeating: 0, count: Self.chunk - labels.count)
        let noise = Tensor.randn([Self.chunk, network.latent], using: RandomSource(seed)).to(device)
        let condition = ClassCondition(
            labels: Tensor(filled, device: device), guidance: Tensor.full([Self.chunk], guidance, device: device))
        let values = withoutGradients {
            OneStepSampler().sample(
                network, from: noise, given: condition, using: RandomSource(seed, device: device)
            ).values
        }
        let host = values.to(.cpu, .float32)
        return layout.isImage ? layout.cropped(host) : host
    }
}
