internal import Foundation

/// The length of each step of an optimiser: a linear rise, then a constant or a decay.
///
/// For update n, counted from 0, with w updates of warm-up and N in total:
///
///     n < w:     start + (peak - start) n / w
///     constant:  peak
///     cosine:    floor + (peak - floor) (1 + cos(pi u)) / 2     with u = min((n - w) / (N - w), 1)
///     linear:    peak + (floor - peak) u
public struct LearningRate: Sendable, Hashable, Codable {
    /// What follows the warm-up.
    public enum Decay: String, Sendable, Hashable, Codable, CaseIterable {
        case constant, cosine, linear
    }

    /// The rate after the warm-up.
    public var peak: Double
    /// Updates until the peak.
    public var warmup: Int
    /// The rate of the first update; 1e-6 in the release of arXiv 2602.04770.
    public var start: Double
    /// What follows.
    public var decay: Decay
    /// Updates until the decay has ended, warm-up included.
    public var total: Int
    /// The rate at the end of a decay.
    public var floor: Double

    /// A schedule with all its numbers.
    public init(
        peak: Double, warmup: Int = 0, start: Double = 1e-6, decay: Decay = .constant, total: Int = 0, floor: Double = 0
    ) {
        (self.peak, self.warmup, self.start) = (peak, warmup, start)
        (self.decay, self.total, self.floor) = (decay, total, floor)
        guard warmup >= 0 else { fatalError("The warm-up of a learning rate cannot take \(warmup) updates.") }
        guard decay == .constant || total > warmup else {
            fatalError("A learning rate that decays over \(total) updates has none left after \(warmup) of warm-up.")
        }
    }

    /// Constant after a warm-up.
    public static func constant(_ peak: Double, warmup: Int = 0, start: Double = 1e-6) -> LearningRate {
        LearningRate(peak: peak, warmup: warmup, start: start)
    }

    /// Half a cosine from `peak` down to `floor` after a warm-up (Loshchilov and Hutter, ICLR 2017, equation 5, without restarts).
    public static func cosine(
        _ peak: Double, warmup: Int = 0, total: Int, start: Double = 1e-6, floor: Double = 0
    ) -> LearningRate {
        LearningRate(peak: peak, warmup: warmup, start: start, decay: .cosine, total: total, floor: floor)
    }

    /// A straight line from `peak` down to `floor` after a warm-up.
    public static func linear(
        _ peak: Double, warmup: Int = 0, total: Int, start: Double = 1e-6, floor: Double = 0
    ) -> LearningRate {
        LearningRate(peak: peak, warmup: warmup, start: start, decay: .linear, total: total, floor: floor)
    }

    /// The rate of an update.
    ///
    /// - Parameter update: Number of updates done before it.
    public func callAsFunction(at update: Int) -> Double {
        self(at: update, progress: Double(update - warmup) / Double(max(total - warmup, 1)))
    }

    /// The rate of an update of a training whose end is a matter of time: the warm-up counts updates, the decay follows
    /// the share of the training that is done.
    ///
    /// - Parameters:
    ///   - update: Number of updates done before it.
    ///   - share: In [0, 1].
    public func callAsFunction(at update: Int, share: Double) -> Double {
        let rise = Double(warmup) / Double(max(total, 1))
        return self(at: update, progress: (share - rise) / max(1 - rise, 1e-9))
    }

    private func callAsFunction(at update: Int, progress: Double) -> Double {
        if update < warmup { return start + (peak - start) * Double(update) / Double(warmup) }
        let progress = min(max(progress, 0), 1)
        return switch decay {
        case .constant: peak
        case .cosine: floor + (peak - floor) * (1 + cos(.pi * progress)) / 2
        case .linear: peak + (floor - peak) * progress
        }
    }
}
