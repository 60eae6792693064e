internal import Foundation

/// Judges a run by its examinations, one after the other: collapsed, diverging or healthy.
///
/// A generator starts out collapsed, as all noise gives nearly one picture. So collapse is reported only of a run that was
/// better before, or that is in its second half.
public struct RunHealth: Sendable {
    /// A judgement, with its reason.
    public enum Verdict: Sendable, Equatable {
        /// Nothing to say.
        case healthy
        /// Samples are copies of each other, or of few real samples.
        case collapsed(String)
        /// Samples move away from the data.
        case diverged(String)

        /// One sentence for the user; nil if there is nothing to say.
        ///
        /// - Parameter advice: The rest of "If more steps do not help, ...".
        public func warning(advice: String) -> String? {
            switch self {
            case .healthy: nil
            case .collapsed(let reason):
                """
                The samples have collapsed: \(reason). If more steps do not help, \(advice)
                """
            case .diverged(let reason):
                """
                The samples diverge: \(reason). A smaller training.learning_rate, a longer training.warmup_steps or \
                precision: float32 may help.
                """
            }
        }
    }

    /// Limits at which warnings begin; ours.
    public struct Limits: Sendable, Hashable {
        /// Smallest number of different nearest real samples, relative to that of real samples.
        public var distinctNeighbours = 0.15
        /// Largest share of samples that nearly have a twin.
        public var duplicates = 0.5
        /// Largest spread relative to that of the data.
        public var spread = 5.0
        /// Largest Fréchet distance relative to the best so far, twice in a row.
        public var worsening = 2.0

        /// The defaults.
        public init() {}
    }

    private let limits: Limits
    private let noise: Double
    private var wasDiverse = false
    private var best = Double.infinity
    private var isWorse = false

    /// The judge of a run before its first examination.
    ///
    /// - Parameters:
    ///   - noise: Fréchet distance between real samples: no run is better than that, but by chance.
    ///   - limits: Limits at which warnings begin.
    public init(noise: Double = 0, limits: Limits = Limits()) {
        self.noise = noise
        self.limits = limits
    }

    /// The verdict on an examination.
    ///
    /// - Parameters:
    ///   - values: Numbers of the examination.
    ///   - isLate: True if the run is in its second half.
    public mutating func judge(_ values: [String: Double], isLate: Bool) -> Verdict {
        if values[Examination.finite] == 0 { return .diverged("some of their values are not finite") }
        let collapse = collapse(values)
        let worsening = worsening(values[Examination.frechet])
        if collapse == nil { wasDiverse = true }
        if let collapse, wasDiverse || isLate { return .collapsed(collapse) }
        if let spread = values[Examination.spread], spread > limits.spread {
            let times = spread < 1e6 ? "\(Self.short(spread)) times" : "more than a million times"
            return .diverged("they spread \(times) as far as the data")
        }
        return worsening.map { .diverged($0) } ?? .healthy
    }

    private func collapse(_ values: [String: Double]) -> String? {
        if let share = values[Examination.duplicates], share > limits.duplicates {
            return "\(Self.short(share * 100)) % of them nearly have a twin"
        }
        if let ratio = values[Examination.distinctNeighbours], ratio < limits.distinctNeighbours {
            return "their nearest real samples are \(Self.short(ratio * 100)) % as many as those of real samples"
        }
        return nil
    }

    /// Twice in a row, as a single value may be bad luck.
    private mutating func worsening(_ frechet: Double?) -> String? {
        guard let frechet else { return nil }
        let (was, reference) = (isWorse, max(best, noise))
        best = min(best, frechet)
        isWorse = frechet > reference * limits.worsening
        guard was, isWorse else { return nil }
        let numbers = [reference, frechet].map {
            $0.formatted(.number.precision(.significantDigits(1...3)).grouping(.never))
        }
        return "the Fréchet distance has grown from \(numbers[0]) to \(numbers[1])"
    }

    private static func short(_ value: Double) -> String {
        let scaled = (value * 100).rounded() / 100
        return scaled == scaled.rounded() && abs(scaled) < 1e15 ? "\(Int(scaled))" : "\(scaled)"
    }
}
