public import Generative
public import Settings
public import Torch

/// The section `sampling`: one way to draw samples, with its options.
public protocol SamplingSettings: SettingsSection, Sendable {
    /// The same sampling at growing budgets, for curves of quality against evaluations; empty if there is one budget only.
    var budgets: [any SamplingSettings] { get }

    /// The sampling of pictures and examinations while the run trains.
    var preview: any SamplingSettings { get }

    /// True if samples look like `source_data` rather than `data`.
    var endsAtSource: Bool { get }

    /// These settings with those of another kind that mean the same in both, such as guidance: a change of the solver alone
    /// must not change the model that is sampled.
    func adopting(_ other: any SamplingSettings) -> any SamplingSettings
}

extension SamplingSettings {
    /// None.
    public var budgets: [any SamplingSettings] { [] }

    /// The same.
    public var preview: any SamplingSettings { self }

    /// False.
    public var endsAtSource: Bool { false }

    /// Nothing in common.
    public func adopting(_ other: any SamplingSettings) -> any SamplingSettings { self }
}

/// Samples that are wanted together.
public struct SampleRequest: Sendable {
    /// The number of each sample, on which its noise depends, whatever else is drawn with it.
    public var indices: [Int]
    /// Classes, as many as indices.
    public var labels: [Int]
    /// Origin of all noise.
    public var seed: Seed

    /// Samples of some numbers and classes.
    public init(indices: [Int], labels: [Int], seed: Seed) {
        self.indices = indices
        self.labels = labels
        self.seed = seed
    }

    /// Noise of the samples.
    public var noise: SampleNoise { SampleNoise(seed) }
}

/// A way from noise to samples, ready to use.
public protocol SampleSource: Sendable {
    /// A phrase for reports, such as "Heun, 18 steps, uniform grid".
    var description: String { get }

    /// Draws samples, as networks see them.
    ///
    /// Sample i depends on its number, its class and the seed only.
    ///
    /// - Parameters:
    ///   - request: Numbers and classes of the samples, and the seed.
    ///   - observing: Told after each step of the sampler; nil costs nothing.
    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples
}
