internal import Generative
internal import RunData
public import Settings
internal import Torch
internal import Transport

/// A pairing of noise and data in a batch, by its name in settings.
public enum CouplingChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
    /// As they were drawn.
    case independent
    /// The cheapest pairs of the batch.
    case optimal
    /// Pairs drawn from entropic optimal transport.
    case entropic

    /// The coupling of examples of some size; `epsilon` is in units of the squared difference of one number.
    func coupling(epsilon: Double, of dimensions: Int) -> (any Coupling)? {
        switch self {
        case .independent: nil
        case .optimal: OptimalCoupling()
        case .entropic: EntropicCoupling(regularisation: epsilon * Double(dimensions))
        }
    }
}

extension LabelledBatch {
    /// The batch with its noise paired within the classes of the examples, which dropped labels do not tell.
    func coupled(by coupling: (any Coupling)?, within examples: LabelledExamples, _ source: RandomSource) -> Self {
        coupling.map { coupled(by: $0, within: examples.labels, using: source) } ?? self
    }
}
