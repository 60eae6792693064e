public import Backbones
public import Settings

/// The masked autoencoder whose stages give the features.
public struct EncoderSettings: SettingsSection, Sendable, Hashable {
    /// Channels of the first stage.
    public var width = 32
    /// Basic blocks of each stage.
    public var blocks = [1, 1, 1]
    /// Stride of each stage's first block.
    public var strides = [2, 2, 2]
    /// Most groups of a GroupNorm.
    public var mostGroups = 8
    /// Images per step.
    public var batch = 256
    /// Probability that a square of pixels is hidden.
    public var maskRatio = 0.5
    /// Weight of the classifier's cross entropy; the reconstruction has the rest.
    public var classifierWeight = 0.1
    /// Folder of a run whose trained encoder is taken over; one is trained if nil.
    public var from: String?
    /// Its training; seed and device are the run's.
    public var training = EncoderSettings.defaultTraining

    private static var defaultTraining: TrainingSettings {
        var training = TrainingSettings()
        training.steps = 300
        training.schedule = .cosine
        training.averages = [0.99]
        return training
    }

    /// The demo's encoder.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "width", &width, .multiple(of: 4), .in(4...1024),
            about: "Channels of the first stage; each next has twice as many.")
        key("blocks", &blocks, .nonEmpty, .each(.in(1...32)), about: "Basic blocks of each stage.")
        key("strides", &strides, .nonEmpty, .each(.in(1...2)), about: "Stride of each stage's first block.")
        key("most_groups", &mostGroups, .in(1...32), about: "Most groups of a GroupNorm.")
        key("batch", &batch, .in(1...65_536), about: "Images per step.")
        key("mask_ratio", &maskRatio, .in(0...1), about: "Probability that a square of 2 x 2 pixels is hidden.")
        key("classifier_weight", &classifierWeight, .in(0...1), about: "Weight of the classifier's cross entropy.")
        key(
            "from", &from, .nonEmpty,
            about: "Folder of a run with the same encoder, trained, to take it from; null to train one.")
        var stage = Stage(training: training)
        key.section("training", &stage, about: "Training of the encoder.")
        training = stage.training
        key.require(blocks.count == strides.count, "strides", "must name as many stages as blocks")
    }

    /// Height and width of each stage's map for images of this height and width.
    func mapSizes(of size: Int) -> [Int] {
        strides.indices.map { stage in strides[...stage].reduce(size) { ($0 + $1 - 1) / $1 } }
    }

    /// A training whose seed and device are those of the run.
    private struct Stage: SettingsSection {
        var training: TrainingSettings

        mutating func bind(_ key: SettingsKeys) { training.bindStage(key) }
    }

    /// The network's sizes for data with these channels and classes.
    public func configuration(channels: Int, classes: Int) -> MaskedAutoencoder.Configuration {
        var configuration = MaskedAutoencoder.Configuration()
        configuration.encoder.channels = channels
        configuration.encoder.width = width
        configuration.encoder.blocks = blocks
        configuration.encoder.strides = strides
        configuration.encoder.mostGroups = mostGroups
        configuration.classes = classes
        // The decoder joins maps whose channels are multiples of the width, in other sums than powers of two.
        configuration.decoderGroups = configuration.encoder.groups(width)
        return configuration
    }
}
