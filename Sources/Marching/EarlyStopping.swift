internal import Generative

/// Conditions on which a sample ends before the last step.
public struct EarlyStopping: Sendable, Hashable {
    /// A sample whose distance is below this has arrived.
    public let threshold: Double
    /// A sample whose distance has found no new minimum for so many evaluations has stalled.
    public let patience: Int

    /// Conditions.
    ///
    /// - Parameters:
    ///   - threshold: A distance above 0. An exact model never tells one below the floor sqrt(c0), see
    ///     ``MarchingConstants/floor``, and sqrt(2 c0) where the true distance is the floor, our default in runs.
    ///   - patience: Evaluations, at least 1; 20 by default. Far from the data distances may rise for a while, as one data point after
    ///     the other is ruled out: with small steps this takes many.
    ///   - floor: sqrt(c0), where it is known: a threshold below it is refused.
    public init(threshold: Double, patience: Int = 20, floor: Double? = nil) {
        Self.mistake(threshold: threshold, patience: patience, floor: floor).demandNone()
        (self.threshold, self.patience) = (threshold, patience)
    }

    /// A sentence about conditions that cannot be; nil if they can.
    public static func mistake(threshold: Double, patience: Int, floor: Double?) -> String? {
        guard threshold > 0, threshold.isFinite else {
            return "the threshold of early stopping is a distance above 0, not \(threshold)"
        }
        guard patience >= 1 else { return "the patience of early stopping is at least one evaluation, not \(patience)" }
        if let floor, threshold < floor {
            return """
                the threshold of early stopping, \(threshold), lies below the floor sqrt(c0) = \(floor), which distances do not \
                reach: raise it, to 1.4 times the floor or so
                """
        }
        return nil
    }

    /// Progress of one sample.
    struct Progress {
        private var best = Double.infinity
        private var waited = 0

        /// The reason to end at a distance; nil to go on.
        mutating func reason(at distance: Double, _ conditions: EarlyStopping) -> StopReason? {
            guard distance.isFinite else { return .notFinite }
            if distance < conditions.threshold { return .converged }
            if distance < best {
                (best, waited) = (distance, 0)
                return nil
            }
            waited += 1
            return waited >= conditions.patience ? .stalled : nil
        }
    }
}
