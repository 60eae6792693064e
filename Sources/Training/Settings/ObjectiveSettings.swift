public import Datasets
public import Drifting
public import Settings

/// The method.
public enum ObjectiveSettings: Sendable, Hashable {
    /// Drifting models, arXiv 2602.04770.
    case drifting(DriftingSettings)

    static var kinds: [SettingsKind<ObjectiveSettings>] {
        [
            SettingsKind("drifting", DriftingSettings(), ObjectiveSettings.drifting) {
                if case .drifting(let settings) = $0 { settings } else { nil }
            }
        ]
    }
}

/// Batches, field and features of a drifting model.
public struct DriftingSettings: SettingsSection, Sendable, Hashable {
    /// Labels per step; every class if nil.
    public var labels: Int?
    /// Generated samples per label, G; a single one has nothing to be repelled by.
    public var generated = 32
    /// Real samples per label, P.
    public var positives = 32
    /// Real samples of any class per label, Q, which repel with the weight that guidance gives them.
    public var negatives = 0
    /// What moves the samples.
    public var field = FieldSettings.released(ReleasedFieldSettings())
    /// How the field's widths shrink in the first steps; they are constant if nil.
    public var annealing: AnnealingSettings?
    /// Images that go through generator and encoder at a time, as in ``/Drifting/DriftingObjective/chunk``; all if nil.
    public var chunk: Int?
    /// Which vectors samples drift in.
    public var features = FeatureSettings()
    /// Guidance at training time; none if nil.
    public var guidance: GuidanceSettings?
    /// Queues that real samples are drawn from; from all data if nil.
    public var queue: QueueSettings?

    /// The demo's objective.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("labels", &labels, .in(1...), about: "Labels per step; null for every class once.")
        key("generated", &generated, .in(2...), about: "Generated samples per label, G.")
        key("positives", &positives, .in(1...), about: "Real samples per label, P.")
        key("negatives", &negatives, .in(0...), about: "Real samples of any class per label, Q, for guidance.")
        key.section("field", &field, by: "name", FieldSettings.kinds, about: "What moves the samples.")
        key.section(
            "annealing", &annealing, initial: AnnealingSettings(),
            about: "How the field's widths shrink in the first steps; null for constant widths.")
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

/// Which vectors samples drift in.
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

    /// A set of the paper in place of statistics and patch sizes of one's own.
    public var named: Named?
    private var chosen = FeatureSettings.defaultSelection
    /// Room in GiB for what the encoder makes of all real pictures, computed once; nil computes it anew at every step.
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

    /// Demands, in the words of the whole run, that these data and this encoder give at least one feature.
    func requireAgreement(_ key: SettingsKeys, _ data: DataLayout?, _ encoder: EncoderSettings?) {
        key.require(
            cache == nil || encoder != nil, "objective",
            "has features.cache for what an encoder makes, but encoder is null: write cache: null")
        guard let data else { return }
        key.require(
            data.isSpatial || !selection.inputNorm, "objective",
            "has features.input_norm, but points have no channels: write input_norm: false")
        let maps = encoder.map { $0.mapSizes(of: data.size) ?? [1] } ?? []
        let hasFeatures = selection.pixels || selection.inputNorm || maps.contains(where: hasFeatures(ofMap:))
        key.require(hasFeatures, "objective", "has no features: write features: {pixels: true}")
    }

    private func hasFeatures(ofMap size: Int) -> Bool {
        selection.globalStatistics || size <= selection.locationsUpTo
            || selection.patchSizes.contains { size.isMultiple(of: $0) && $0 < size }
    }
}

/// How strongly training pushes samples away from other classes, and how often.
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
        key("per_class", &configuration.perClass, .in(1...), about: "Newest samples of each class that are kept.")
        key("any_class", &configuration.anyClass, .in(1...), about: "Newest samples of any class that are kept.")
        key("arrivals", &configuration.arrivals, .in(1...), about: "Samples that arrive at each step.")
    }
}
