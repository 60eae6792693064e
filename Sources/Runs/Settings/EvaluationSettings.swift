public import Settings

/// Pictures and examinations while training.
public struct EvaluationSettings: SettingsSection, Sendable, Hashable {
    /// Steps between pictures of the same noise.
    public var every = 50
    /// Samples of each class in a picture.
    public var perClass = 10
    /// Samples that are examined at the same steps; none if 0.
    public var samples = 500
    /// Origin of the features in which they are examined.
    public var judge = Judge.own

    /// A picture and an examination every 50 steps.
    public init() {}

    /// Origin of the features in which samples are examined.
    public enum Judge: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// Features of the method's own, such as a trained encoder's; plain values if it has none. They cost nothing more,
        /// but the judge also trains the samples.
        case own
        /// The built-in classifier, trained from the labels once and kept.
        case classifier
        /// The values themselves.
        case pixels
    }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("every", &every, .in(1...), about: "Steps between pictures of the same noise, and between examinations.")
        key(
            "per_class", &perClass, .in(1...100),
            about: "Samples of each class in a picture; of 20 classes if there are more.")
        key(
            "samples", &samples, .in(0...100_000),
            about: "Samples examined for quality, variety and collapse; 0 for none.")
        key("judge", &judge, about: "Features: own (the method's, else pixels), classifier (built in) or pixels.")
    }
}
