public import RunData
public import Settings
public import Training

/// Everything that a run depends on: the content of `config.yaml`.
public struct RunSettings: SettingsSection, Sendable {
    /// The data.
    public var data: DataSettings = .fashionMNIST(ImageDataSettings())
    /// A second data set, for methods that transport one to the other.
    public var sourceData: DataSettings?
    /// The network.
    public var network: NetworkSettings = .convGenerator(ConvGeneratorSettings())
    /// The method.
    public var method: any Method {
        didSet {
            // Each method has its own ways to draw samples.
            if type(of: method) != type(of: oldValue) { sampling = type(of: method).defaultSampling }
        }
    }
    /// The way to draw samples.
    public var sampling: any SamplingSettings
    /// Steps, optimiser, precision.
    public var training = TrainingSettings()
    /// Pictures and examinations while training.
    public var evaluation = EvaluationSettings()

    /// Methods that may be named.
    public let methods: MethodCatalog

    /// The defaults, for methods of a catalogue; its first is the default.
    public init(_ methods: MethodCatalog) {
        self.methods = methods
        let method = methods.entries[0].initial
        self.method = method
        sampling = type(of: method).defaultSampling
    }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key.section("data", &data, by: "name", DataSettings.kinds, about: "The data.")
        key.section(
            "source_data", &sourceData, initial: .fashionMNIST(ImageDataSettings()), by: "name", DataSettings.kinds,
            about: "A second data set, for methods that transport one to the other; null for none.")
        key.section("network", &network, by: "name", NetworkSettings.kinds, about: "The network.")
        key.section("method", &method, by: "name", methods.entries.map { $0.kind() }, about: "The method.")
        key.section(
            "sampling", &sampling, by: "name", type(of: method).samplings, about: "The way to draw samples.")
        key.section("training", &training, about: "Steps, optimiser, precision and checkpoints.")
        key.section("evaluation", &evaluation, about: "Pictures and examinations while training.")
        requireAgreement(key)
    }

    /// Names combinations that cannot run; those that depend on files are examined once they are read.
    private func requireAgreement(_ key: SettingsKeys) {
        let layout = try? DataLayout(data)
        if let layout {
            let mistake = network.mistake(for: method.interface(for: layout))
            key.require(mistake == nil, "network", mistake ?? "")
        }
        key.require(
            evaluation.judge != .classifier || layout?.isImage != false, "evaluation",
            "has the judge classifier, which needs images: write judge: own or pixels")
        method.requireAgreement(key, with: self, data: layout)
    }

    /// At most this many steps of every stage.
    public mutating func limit(toSteps steps: Int) {
        training.limit(toSteps: steps)
        method.limit(toSteps: steps)
    }

    /// As many steps as fit into so many minutes, all stages included, whatever the machine.
    public mutating func limit(toMinutes minutes: Double) {
        training.minutes = minutes
        // Time decides. Steps stay a bound that nobody meets.
        training.steps = max(training.steps, 1_000_000)
        method.limit(toMinutes: minutes)
    }
}
