internal import Torch

/// Positions within a step of a Runge-Kutta method: dense output.
///
///     x(t + θ h) = x + θ (Δ + (1 - θ) (b + θ (Δ - h k' - b + (1 - θ) h Σ_i d_i k_i))),    Δ = x' - x,  b = h k - Δ
///
/// with the slopes k and k' at both ends. Without corrections d it is the cubic polynomial through positions and slopes of
/// both ends, of order 3. Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I", second edition,
/// section II.6, in the form of the authors' program DOPRI5.
struct Interpolant: Sendable {
    /// d, one number per stage; none for the cubic polynomial.
    let corrections: [Double]

    /// The interpolant of a method; nil for one whose last stage is not the slope at the end of the step.
    init?(of solver: Tableau) {
        guard solver.reusesLastStage else { return nil }
        corrections = solver.denseCorrections ?? []
    }

    /// Positions [N, ...] after shares of steps.
    ///
    /// - Parameters:
    ///   - start: Positions at the beginning of the steps [N, ...].
    ///   - end: Positions at their end.
    ///   - slopes: Slopes of the stages, shaped like the positions.
    ///   - length: Lengths h of the steps, [N, 1, ...].
    ///   - share: θ in [0, 1], [N, 1, ...].
    func position(from start: Tensor, to end: Tensor, _ slopes: [Tensor], _ length: Tensor, _ share: Tensor) -> Tensor {
        let rest = -share + 1
        let difference = end - start
        let bend = length * slopes[0] - difference
        var inner = difference - length * slopes[slopes.count - 1] - bend
        let terms = zip(corrections, slopes).filter { $0.0 != 0 }.map { $0.1 * $0.0 }
        if let first = terms.first {
            inner = inner + rest * (length * terms.dropFirst().reduce(first, +))
        }
        return start + share * (difference + rest * (bend + share * inner))
    }
}

extension Tableau {
    /// d of ``Interpolant``; nil where only the cubic polynomial is known.
    fileprivate var denseCorrections: [Double]? {
        guard self == .dormandPrince54 else { return nil }
        return [
            -12_715_105_075.0 / 11_282_082_432, 0, 87_487_479_700.0 / 32_700_410_799,
            -10_690_763_975.0 / 1_880_347_072, 701_980_252_875.0 / 199_316_789_632, -1_453_857_185.0 / 822_651_844,
            69_997_945.0 / 29_380_423,
        ]
    }
}
