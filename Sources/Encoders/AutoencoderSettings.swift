public import Backbones
public import Foundation
public import RunData
public import Settings
public import Training

/// The masked autoencoder whose stages give the features.
public struct AutoencoderSettings: SettingsSection, Sendable, Hashable {
    /// Weights of an encoder that is trained already, with our names; it is trained first if nil.
    public var weights: String?
    /// Side of the squares of the image that become channels of the input.
    public var patch = 1
    /// Channels of the first stage.
    public var width = 32
    /// Basic blocks of each stage.
    public var blocks = [1, 1, 1]
    /// Stride of each stage's first block.
    public var strides = [2, 2, 2]
    /// Most groups of a GroupNorm.
    public var mostGroups = 8
    /// Groups of the decoder's norms over joined maps, 32 in the release; as many as the width has if nil.
    public var decoderGroups: Int?
    /// True if the stem's map is a feature too, as in the release.
    public var stem = false
    /// Every so many blocks of a stage one is a feature too, 2 in the release; none if nil.
    public var everyBlock: Int?
    /// Images per step.
    public var batch = 128
    /// Probability that a square of pixels is hidden.
    public var maskRatio = 0.5
    /// Largest of the probabilities, drawn for each image from ``maskRatio`` on; all are that if nil.
    public var maskRatioTo: Double?
    /// True if images are mirrored at random.
    public var flip = false
    /// Part of each image that is seen; the middle if nil.
    public var crop: CropSettings?
    /// Weight of the classifier's cross entropy; the reconstruction has the rest.
    public var classifierWeight = 0.1
    /// Step from which on the classifier counts: fine-tuning in the last 3000 steps in the release.
    public var classifierFrom = 0
    /// Steps over which its weight grows from 0, 1000 in the release.
    public var classifierRamp = 0
    /// Folder of a run whose trained encoder is taken over; one is trained if nil.
    public var from: String?
    /// Its training; seed and device are the run's.
    public var training = AutoencoderSettings.defaultTraining

    private static var defaultTraining: TrainingSettings {
        var training = TrainingSettings()
        training.steps = 1200
        training.schedule = .cosine
        training.averages = [0.99]
        return training
    }

    /// The demo's encoder.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "weights", &weights, .nonEmpty,
            about: "Safetensors file of a trained encoder, such as RUN/encoder/weights.safetensors; null to train it.")
        key("patch", &patch, .in(1...64), about: "Side of the squares of the image that become channels.")
        key(
            "width", &width, .multiple(of: 4), .in(4...1024),
            about: "Channels of the first stage; each next has twice as many.")
        key("blocks", &blocks, .nonEmpty, .each(.in(1...32)), about: "Basic blocks of each stage.")
        key("strides", &strides, .nonEmpty, .each(.in(1...2)), about: "Stride of each stage's first block.")
        key("most_groups", &mostGroups, .in(1...32), about: "Most groups of a GroupNorm.")
        key(
            "decoder_groups", &decoderGroups, .in(1...1024),
            about: "Groups of the decoder's norms over joined maps; null for those of the width.")
        key("stem", &stem, about: "Take the stem's map as a feature too.")
        key("every_block", &everyBlock, .in(1...), about: "Every so many blocks one is a feature too; null for none.")
        key("batch", &batch, .in(1...65_536), about: "Images per step.")
        key("mask_ratio", &maskRatio, .in(0...1), about: "Probability that a square of 2 x 2 pixels is hidden.")
        key(
            "mask_ratio_to", &maskRatioTo, .in(0...1),
            about: "Largest probability, if one is drawn for each image; null for the same.")
        key("flip", &flip, about: "Mirror images at random.")
        key.section(
            "crop", &crop, initial: .resized(ResizedCropSettings()), by: "name", CropSettings.kinds,
            about: "Part of each image that is seen, drawn again at each step; null for the middle.")
        key("classifier_weight", &classifierWeight, .in(0...1), about: "Weight of the classifier's cross entropy.")
        key("classifier_from", &classifierFrom, .in(0...), about: "Step from which on the classifier counts.")
        key("classifier_ramp", &classifierRamp, .in(0...), about: "Steps over which its weight grows from 0.")
        key(
            "from", &from, .nonEmpty,
            about: "Folder of a run whose trained encoder, of the same sizes, is taken; null to train one.")
        var stage = Stage(training: training)
        key.section("training", &stage, about: "Training of the encoder.")
        training = stage.training
        key.require(blocks.count == strides.count, "strides", "must name as many stages as blocks")
        key.require(from == nil || weights == nil, "from", "cannot be given together with weights")
        let (least, most) = (maskRatio, maskRatioTo ?? maskRatio)
        key.require(least <= most, "mask_ratio_to", "must not be below mask_ratio, \(least)")
        requireDecoder(key)
    }

    /// Requires that the decoder's norms have equal groups: the maps that it joins have 2, 3 or 6 times the width.
    private func requireDecoder(_ key: SettingsKeys) {
        guard let decoderGroups else { return }
        let divides = (width * 2).isMultiple(of: decoderGroups) && (width * 3).isMultiple(of: decoderGroups)
        key.require(divides, "decoder_groups", "must divide 2 and 3 times the width, \(width)")
    }

    /// Weights that are trained already: those given, or those that another run's stage `encoder` left; nil if training
    /// comes first.
    public var weightFile: URL? {
        weights.map { URL(filePath: $0) }
            ?? from.map { URL(filePath: $0).appending(path: "encoder/weights.safetensors") }
    }

    /// The sizes that make two encoders the same function of their weights, also those that no shape of a weight shows.
    public var networkSizes: String {
        """
        patch: \(patch), width: \(width), blocks: \(blocks), strides: \(strides), most_groups: \(mostGroups), \
        decoder_groups: \(decoderGroups.map(String.init) ?? "null")
        """
    }

    /// The reason for which data of a layout cannot be encoded, if there is one: no patches to mask, or no images to crop.
    func mistake(for data: DataLayout) -> String? {
        if crop != nil, !data.isImage { return "crops images, but the data are latents: write crop: null" }
        guard !data.size.isMultiple(of: 2 * patch) else { return nil }
        return
            "cuts images into patches of \(patch) and hides squares of 2 x 2, but images are \(data.size) x \(data.size)"
    }

    /// Height and width of each stage's map for images of this height and width.
    public func mapSizes(of size: Int) -> [Int] {
        strides.indices.map { stage in strides[...stage].reduce(size / patch) { ($0 + $1 - 1) / $1 } }
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
        configuration.encoder.patch = patch
        configuration.encoder.width = width
        configuration.encoder.blocks = blocks
        configuration.encoder.strides = strides
        configuration.encoder.mostGroups = mostGroups
        configuration.classes = classes
        // The decoder joins maps whose channels are multiples of the width, in other sums than powers of two.
        configuration.decoderGroups = decoderGroups ?? configuration.encoder.groups(width)
        return configuration
    }
}
