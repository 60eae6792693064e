internal import Foundation
public import Settings

/// A comparison of methods on equal data and an equal budget: the content of a file for `pushforward compare`.
public struct ComparisonSettings: SettingsSection, Sendable {
    /// Length of each training.
    public var budget = Budget()
    /// Trainings of each method; their spread is the error bar.
    public var seeds = 3
    /// Changes of every method's settings: the data, first of all.
    public var shared = SettingsOverrides()
    /// The measurements.
    public var judgement = Judgement()
    /// The methods, in the order of the table.
    public var methods: [Entry] = []

    /// Nothing to compare yet.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key.section("budget", &budget, about: "Length of each training: give one of minutes, steps and samples.")
        key("seeds", &seeds, .in(1...100), about: "Trainings of each method; their spread is the error bar.")
        key(
            "shared", &shared,
            about: "Changes of every method's settings, such as {data: {name: images, path: photos}}.")
        key.section("judgement", &judgement, about: "The measurements.")
        key.sections("methods", &methods, initial: Entry(), about: "The methods, in the order of the table.")
        key.require(!methods.isEmpty, "methods", "must name at least one method")
        let names = methods.map(\.name)
        key.require(
            Set(names).count == names.count, "methods", "must have different names: the name is that of a folder")
    }
}

extension ComparisonSettings {
    /// Length of a training; exactly one is given.
    public struct Budget: SettingsSection, Sendable, Hashable {
        /// Minutes, all stages of a method included.
        public var minutes: Double?
        /// Steps of each stage.
        public var steps: Int?
        /// Examples that pass through the trained network, in all.
        public var samples: Int?

        /// Not given yet.
        public init() {}

        /// Names the keys.
        public mutating func bind(_ key: SettingsKeys) {
            key("minutes", &minutes, .in(0.01...100_000), about: "Minutes, all stages of a method included.")
            key("steps", &steps, .in(1...1_000_000_000), about: "Steps of each stage.")
            key(
                "samples", &samples, .in(1...1_000_000_000_000),
                about: "Examples that pass through the trained network, in all: network evaluations of training.")
            let given = [minutes != nil, steps != nil, samples != nil].count { $0 }
            key.require(given == 1, "minutes", "or steps or samples: give exactly one of them, not \(given)")
        }

        /// A phrase for reports.
        var phrase: String {
            if let minutes { return "\(minutes.formatted()) min of training each" }
            if let steps { return "\(steps) steps each" }
            return "\(samples ?? 0) examples through the network each"
        }
    }

    /// The way in which all samples are measured.
    public struct Judgement: SettingsSection, Sendable, Hashable {
        /// Samples, and held-out examples, at most.
        public var samples = 2000
        /// Metrics by name; nil for a choice that fits the data.
        public var metrics: [String]?
        /// Extractors of features of images; the first one's first metric leads.
        public var extractors = ["classifier", "pixels"]
        /// State dict of the 2015 Inception network.
        public var inceptionWeights: String?
        /// Samples at each budget of a sampler, for curves of quality against evaluations; 0 for no curves.
        public var curveSamples = 500
        /// Samples whose nearest training examples are sought; 0 for none.
        public var neighbours = 500

        /// Two thousand samples in two extractors.
        public init() {}

        /// Names the keys.
        public mutating func bind(_ key: SettingsKeys) {
            key("samples", &samples, .in(10...10_000_000), about: "Samples, and held-out examples, at most.")
            key(
                "metrics", &metrics, .nonEmpty,
                about:
                    "Metrics as of pushforward evaluate, such as [frechet, kid]; null for a choice that fits the data.")
            key(
                "extractors", &extractors, .nonEmpty,
                about: "Features in which images are compared: classifier, pixels, inception. Points have coordinates.")
            key("inception_weights", &inceptionWeights, .nonEmpty, about: "State dict of the 2015 Inception network.")
            key(
                "curve_samples", &curveSamples, .in(0...1_000_000),
                about:
                    "Samples at each budget of a sampler, for curves of quality against evaluations; 0 for no curves.")
            key(
                "neighbours", &neighbours, .in(0...100_000),
                about: "Samples whose nearest training examples are sought; 0 for none.")
        }
    }

    /// One method: its settings, or a run that is trained already, and its samplers.
    public struct Entry: SettingsSection, Sendable {
        /// Name of its folder.
        public var name = ""
        /// Name in tables.
        public var label: String?
        /// Words of the table about the objective; the method's name if nil.
        public var objective: String?
        /// A settings file, seen from the file of the comparison.
        public var config: String?
        /// A trained run, seen from the file of the comparison, instead of a settings file.
        public var run: String?
        /// Changes of the settings of this method, after the shared ones.
        public var set = SettingsOverrides()
        /// Ways to draw samples, each a row of the table; that of the settings if there is none.
        public var samplers: [SamplerEntry] = []

        /// Unnamed.
        public init() {}

        /// Names the keys.
        public mutating func bind(_ key: SettingsKeys) {
            key("name", &name, about: "Name of its folder.")
            key("label", &label, .nonEmpty, about: "Name in tables; name if null.")
            key(
                "objective", &objective, .nonEmpty,
                about: "Words of the table about the objective; null for the method.")
            key("config", &config, .nonEmpty, about: "Settings file, seen from this file.")
            key("run", &run, .nonEmpty, about: "Trained run, seen from this file, instead of a settings file.")
            key("set", &set, about: "Changes of the settings of this method, after the shared ones.")
            key.sections("samplers", &samplers, initial: SamplerEntry(), about: "Ways to draw samples; each is a row.")
            key.require(Self.isFileName(name), "name", "must be a name for a folder, of letters, digits, - and _")
            key.require(
                (config == nil) != (run == nil), "config",
                "or run must be given, and not both: what is to be compared?")
            key.require(run == nil || set.isEmpty, "set", "changes settings; a trained run has its own")
            let names = samplers.map(\.name)
            key.require(Set(names).count == names.count, "samplers", "must have different names")
        }

        static func isFileName(_ name: String) -> Bool {
            !name.isEmpty && name.utf8.count <= 100
                && name.utf8.allSatisfy {
                    (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
                }
        }
    }

    /// One way to draw samples.
    public struct SamplerEntry: SettingsSection, Sendable {
        /// Name in files.
        public var name = ""
        /// Words of the table after the method's; nothing if nil.
        public var label: String?
        /// Changes of section `sampling`.
        public var set = SettingsOverrides()
        /// True if quality is measured at growing budgets, where the sampler has them.
        public var curve = true

        /// Unnamed.
        public init() {}

        /// Names the keys.
        public mutating func bind(_ key: SettingsKeys) {
            key("name", &name, about: "Name in files.")
            key("label", &label, .nonEmpty, about: "Words of the table after the method's.")
            key("set", &set, about: "Changes of section sampling, such as {steps: 8}.")
            key("curve", &curve, about: "Measure quality at growing budgets, where the sampler has them.")
            key.require(Entry.isFileName(name), "name", "must be a name for a file, of letters, digits, - and _")
        }
    }
}
