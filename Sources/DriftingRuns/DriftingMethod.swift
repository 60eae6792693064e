public import Datasets
public import Drifting
public import Encoders
public import Features
internal import RunData
public import Runs
public import Settings

/// Drifting models (arXiv 2602.04770): the generated distribution drifts onto the data while it is trained, and a sample takes
/// one network evaluation.
public struct DriftingMethod: Method, Hashable {
    /// The value of `method.name`.
    public static let name = "drifting"

    static let encoderStage = "encoder"
    static let generatorStage = "generator"

    /// Labels per step; every class if nil.
    public var labels: Int?
    /// Generated samples per label, G; a single one has nothing to be repelled by.
    public var generated = 32
    /// Real samples per label, P.
    public var positives = 32
    /// Real samples of any class per label, Q, which repel with the weight that guidance gives them.
    public var negatives = 0
    /// The field that moves the samples.
    public var field = FieldSettings.released(ReleasedFieldSettings())
    /// The way in which the field's widths shrink in the first steps; they are constant if nil.
    public var annealing: AnnealingSettings?
    /// Images that go through generator and encoder at a time, as in ``/Drifting/DriftingObjective/chunk``; all if nil.
    public var chunk: Int?
    /// The vectors in which samples drift.
    public var features = FeatureSettings()
    /// Guidance at training time; none if nil.
    public var guidance: GuidanceSettings?
    /// Queues that real samples are drawn from; from all data if nil.
    public var queue: QueueSettings?

    /// The demo's objective.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("labels", &labels, .in(1...), .in(...65_536), about: "Labels per step; null for every class once.")
        key("generated", &generated, .in(2...), .in(...65_536), about: "Generated samples per label, G.")
        key("positives", &positives, .in(1...), .in(...65_536), about: "Real samples per label, P.")
        key(
            "negatives", &negatives, .in(0...), .in(...65_536),
            about: "Real samples of any class per label, Q, for guidance.")
        key.section("field", &field, by: "name", FieldSettings.kinds, about: "The field that moves the samples.")
        key.section(
            "annealing", &annealing, initial: AnnealingSettings(),
            about: "Decay of the field's widths in the first steps; null for constant widths.")
        key(
            "chunk", &chunk, .in(1...),
            about: "Images at a time: less memory, the same gradient, one more evaluation; null for all at once.")
        key.section("features", &features, about: "The spaces in which samples drift.")
        key.section(
            "guidance", &guidance, initial: GuidanceSettings(), about: "Guidance at training time; null for none.")
        key.section(
            "queue", &queue, initial: QueueSettings(),
            about: "Queues of the newest real samples to draw from, as in the release; null to draw from all data.")
        key.require(guidance == nil || negatives > 0, "negatives", "must be at least 1 with guidance")
        key.require(
            guidance != nil || negatives == 0, "negatives", "weigh nothing without guidance: write 0, or guidance: {}")
    }
}

/// The vectors in which samples drift, and the encoders that make them.
public struct FeatureSettings: SettingsSection, Sendable, Hashable {
    /// The paper's sets (arXiv 2602.04770, table 3): each adds to the one before.
    public enum Named: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// (a) every location, of maps up to `locations_up_to`, and (b) mean and deviation over all locations.
        case aToB = "a-b"
        /// And (c) means and deviations over patches of 2 x 2.
        case aToC = "a-c"
        /// And (d) over patches of 4 x 4: the paper's default.
        case aToD = "a-d"

        var patchSizes: [Int] {
            switch self {
            case .aToB: []
            case .aToC: [2]
            case .aToD: [2, 4]
            }
        }
    }

    /// The network whose maps are features; nil to drift in the samples' own space.
    public var encoder: EncoderSettings? = .autoencoder(AutoencoderSettings())
    /// A network with weights from a file whose features count as well; none if nil.
    public var secondEncoder: EncoderSettings?
    /// A set of the paper in place of statistics and custom patch sizes.
    public var named: Named?
    private var chosen = FeatureSettings.defaultSelection
    /// Room in GiB for the encoder's features of all real pictures, computed once; nil computes it again at every step.
    public var cache: Double?

    /// The selection, of the named set if there is one.
    public var selection: FeatureSelection {
        get {
            guard let named else { return chosen }
            var selection = chosen
            (selection.globalStatistics, selection.patchSizes) = (true, named.patchSizes)
            return selection
        }
        set { (chosen, named) = (newValue, nil) }
    }

    private static var defaultSelection: FeatureSelection {
        var selection = FeatureSelection()
        selection.locationsUpTo = 8
        selection.patchSizes = [4]
        return selection
    }

    /// The demo's features.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key.section(
            "encoder", &encoder, initial: .autoencoder(AutoencoderSettings()), by: "name", EncoderSettings.kinds,
            about: "The network whose maps are features; null to drift in the samples' own space.")
        key.section(
            "second_encoder", &secondEncoder, initial: .convNeXt(ConvNeXtSettings()), by: "name",
            EncoderSettings.kinds,
            about: "Another one with given weights, whose features count as well; null for none.")
        key.require(
            secondEncoder == nil || encoder != nil, "second_encoder", "comes beside a first one, but encoder is null")
        key.require(
            secondEncoder?.autoencoder.map { $0.weightFile != nil } ?? true, "second_encoder",
            "is not trained: give it weights, or make it the encoder")
        key("set", &named, about: "a-b, a-c or a-d of the paper, or null to choose statistics and patches.")
        key("pixels", &chosen.pixels, about: "The sample itself.")
        key("input_norm", &chosen.inputNorm, about: "Root mean square of each channel.")
        key(
            "locations_up_to", &chosen.locationsUpTo, .in(0...),
            about: "Largest side of a map whose locations are features one by one.")
        key(
            "cache", &cache, .positive,
            about: "GiB of memory for the encoder's features of all real pictures; null: computed at every step.")
        guard named == nil else { return }
        key("global_statistics", &chosen.globalStatistics, about: "Mean and deviation over all locations.")
        key(
            "patch_sizes", &chosen.patchSizes, .distinct, .each(.in(2...)),
            about: "Sides of patches over which mean and deviation are features.")
    }

    /// Mistakes that show on data of a layout, as the rest of sentences about section `method`.
    func mistakes(for data: DataLayout?) -> [String] {
        var mistakes: [String] = []
        if cache != nil, encoder == nil {
            mistakes.append(
                "has features.cache for features of an encoder, but features.encoder is null: write cache: null")
        }
        guard let data else { return mistakes }
        for (name, encoder) in [("encoder", encoder), ("second_encoder", secondEncoder)] {
            if let mistake = encoder?.mistake(for: data) { mistakes.append("has features.\(name), which \(mistake)") }
        }
        if !data.isSpatial, selection.inputNorm {
            mistakes.append("has features.input_norm, but points have no channels: write input_norm: false")
        }
        let maps = encoder.map { $0.mapSizes(of: data.size) ?? [1] } ?? []
        let hasFeatures = selection.pixels || selection.inputNorm || maps.contains(where: hasFeatures(ofMap:))
        if !hasFeatures { mistakes.append("has no features: write features: {pixels: true}") }
        return mistakes
    }

    private func hasFeatures(ofMap size: Int) -> Bool {
        selection.globalStatistics || size <= selection.locationsUpTo
            || selection.patchSizes.contains { size.isMultiple(of: $0) && $0 < size }
    }
}

/// Strengths with which training pushes samples away from other classes, and their share.
public struct GuidanceSettings: SettingsSection, Sendable, Hashable {
    /// Smallest and largest strength.
    public var range = [1.0, 4.0]
    /// The strength's density falls as its power of minus this; 3 or 5 in the paper.
    public var power = 3.0
    /// Share of labels whose strength is 1, that is, no guidance.
    public var without = 0.0

    /// The paper's ablation: density alpha^-3 on [1, 4].
    public init() {}

    /// The law of the strengths.
    public var law: GuidanceLaw { GuidanceLaw(range: range[0]...range[1], power: power, without: without) }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("range", &range, .count(.in(2...2)), .each(.in(1...100)), about: "Smallest and largest strength.")
        key("power", &power, .in(0...20), about: "The strength's density falls as its power of minus this.")
        key("without", &without, .in(0...1), about: "Share of labels without guidance.")
        key.require(range.count == 2 && range[0] <= range[1], "range", "must name the smaller strength first")
    }
}

/// Sizes of the queues that real samples are drawn from.
public struct QueueSettings: SettingsSection, Sendable, Hashable {
    /// The sizes.
    public var configuration = QueueSampler.Configuration()

    /// The release's.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "per_class", &configuration.perClass, .in(1...1_000_000),
            about: "Newest samples of each class that are kept.")
        key(
            "any_class", &configuration.anyClass, .in(1...1_000_000),
            about: "Newest samples of any class that are kept.")
        key(
            "arrivals", &configuration.arrivals, .in(1...), .in(...1_000_000),
            about: "Samples that arrive at each step.")
    }
}
