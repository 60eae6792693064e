public import Backbones
public import Foundation
public import RunData
public import Settings
public import Torch
public import TorchNN
public import Training

/// A way to learn and to draw samples: the settings of section `method`, and all that follows from them.
///
/// A method is a section of settings with a name; it says what it requires of a network, which trainings a run goes
/// through, and how samples are drawn from the trained networks. The run around it, with its folder, checkpoints, pictures,
/// health, evaluation and command, knows methods by this protocol only.
public protocol Method: SettingsSection, Sendable {
    /// The value of `method.name`.
    static var name: String { get }

    /// The kinds of section `sampling`, the default first.
    static var samplings: [SettingsKind<any SamplingSettings>] { get }

    /// Further chapters of the page of options, beside those of all runs.
    static var options: MethodOptions { get }

    /// The network that the method asks for on data of a layout.
    func interface(for data: DataLayout) -> NetworkInterface

    /// Names combinations with other settings that cannot run; `data` is nil as long as it is up to files.
    func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?)

    /// The method with what it leaves to the data, such as their scale; the run's `config.yaml` keeps it.
    func completed(from data: TrainingData) throws -> Self

    /// The trainings of a run, and their observers; everything that can be wrong is found here.
    func plan(_ context: RunContext) throws -> any RunPlan

    /// Builds networks that are trained along with the sampled one, in the same store; the sampled one has the root.
    func buildCompanions(of network: NetworkSettings, for data: DataLayout, in store: ParameterStore) throws

    /// Names of the stages whose networks draw samples; the last one is the run's last stage.
    var sampledStages: [String] { get }

    /// The way from noise to samples through trained networks.
    ///
    /// - Parameters:
    ///   - networks: The networks of ``sampledStages`` by name, for evaluation only.
    ///   - sampling: One of ``samplings``.
    ///   - data: Layout of the samples.
    ///   - device: Place of the networks.
    func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource

    /// The same in a run whose settings are known, for methods whose samples start at its data.
    ///
    /// By default ``source(_:_:for:on:)``.
    func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        in run: RunSettings, on device: Device
    ) throws -> any SampleSource

    /// Weight files of others that the method uses, by the full names of the settings that name them.
    var weightFiles: [String: URL] { get }

    /// Replaces each path in the settings, which is given with its name within section `method`.
    mutating func changePaths(_ change: (_ key: String, _ path: String) -> String)

    /// At most this many steps in each earlier stage.
    mutating func limit(toSteps steps: Int)

    /// The minutes of each earlier stage, of a run that has so many in all.
    mutating func limit(toMinutes minutes: Double)
}

extension Method {
    /// None.
    public static var options: MethodOptions { MethodOptions() }

    /// The default of section `sampling`.
    public static var defaultSampling: any SamplingSettings { samplings[0].initial }

    /// None.
    public var weightFiles: [String: URL] { [:] }

    /// None.
    public func buildCompanions(of network: NetworkSettings, for data: DataLayout, in store: ParameterStore) throws {}

    /// No paths.
    public mutating func changePaths(_ change: (_ key: String, _ path: String) -> String) {}

    /// The only stage, `model`.
    public var sampledStages: [String] { ["model"] }

    /// The source of noise.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        in run: RunSettings, on device: Device
    ) throws -> any SampleSource {
        try source(networks, sampling, for: data, on: device)
    }

    /// The same: nothing is left to the data.
    public func completed(from data: TrainingData) throws -> Self { self }

    /// Nothing to agree on.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {}

    /// No earlier stages.
    public mutating func limit(toSteps steps: Int) {}

    /// No earlier stages.
    public mutating func limit(toMinutes minutes: Double) {}
}

/// The part of the page of options that a method adds.
public struct MethodOptions: Sendable {
    /// Titles, and YAML that shows the keys of section `method` and those that go with it.
    public var examples: [(title: String, yaml: String)]
    /// Rows of the table of sources: option, shape or unit, source.
    public var sources: [(option: String, unit: String, source: String)]

    /// Chapters and rows.
    public init(
        examples: [(title: String, yaml: String)] = [], sources: [(option: String, unit: String, source: String)] = []
    ) {
        self.examples = examples
        self.sources = sources
    }
}

/// The trainings of a run in order, and the observers of the last one.
public protocol RunPlan {
    /// At least one; the last is the run's own, the others have folders of their names in it.
    var stages: [any Stage] { get }

    /// Features of the method's own in which samples are examined; nil if it has none.
    ///
    /// - Parameter finished: Averaged weights of the earlier stages, frozen.
    func judge(after finished: [String: ParameterStore]) throws -> FeatureJudge?

    /// Further numbers of examinations.
    var measures: [ExaminationMeasure] { get }

    /// Advice for a run that collapses, as the rest of the sentence "If more steps do not help, ...".
    var collapseAdvice: String { get }

    /// Watchers beside pictures and examinations.
    func observers(in folder: RunFolder) -> [any RunObserver]
}

extension RunPlan {
    /// None: examinations see plain values or the classifier's features.
    public func judge(after finished: [String: ParameterStore]) throws -> FeatureJudge? { nil }

    /// None.
    public var measures: [ExaminationMeasure] { [] }

    /// A smaller step length.
    public var collapseAdvice: String { "a smaller training.learning_rate may." }

    /// None.
    public func observers(in folder: RunFolder) -> [any RunObserver] { [] }
}

/// One training of a run.
public protocol Stage {
    /// Name of its folder and of its networks.
    var name: String { get }

    /// Steps, optimiser and checkpoints.
    var training: TrainingSettings { get }

    /// A line for the log, before it begins.
    var announcement: String { get }

    /// Names of logged values on the progress line.
    var shown: [String] { get }

    /// Examples that pass through the trained network in a step.
    var samplesPerStep: Int { get }

    /// The training at its start.
    ///
    /// - Parameter finished: Averaged weights of the earlier stages by name, frozen. A network is built in a copy.
    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable
}

extension Stage {
    /// None but the loss.
    public var shown: [String] { [] }
}

/// Features [N, D] of examples as networks see them.
public struct FeatureJudge {
    /// Name, for plots.
    public var name: String
    /// Features of a batch.
    public var features: (Tensor) throws -> Tensor

    /// A judge of examples.
    public init(_ name: String, _ features: @escaping (Tensor) throws -> Tensor) {
        self.name = name
        self.features = features
    }
}
