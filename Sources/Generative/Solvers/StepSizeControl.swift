internal import Foundation
internal import Torch

/// Length of the next step of an adaptive solver: proportional-integral control, for each example on its own.
///
/// With the scaled error e of a step and e' of the step accepted before it,
///
///     h_new = h · clamp(s e^(-α) e'^β),    α = (1 - 3/4 b) / k,    β = b / k,
///
/// where k is the order of the error of the estimate. A step with e <= 1 is accepted. Hairer, Nørsett and Wanner,
/// "Solving Ordinary Differential Equations I", section II.4; Hairer and Wanner, "II", section IV.2. The
/// defaults are those of the authors' program DOPRI5, except for the tolerances.
public struct StepSizeControl: Sendable, Hashable {
    /// Error allowed per step and element; 1e-5 as in Song et al., arXiv 2011.13456.
    public var absoluteTolerance: Double
    /// Error allowed per step, relative to the size of the element; 1e-5, same source.
    public var relativeTolerance: Double
    /// s, the reserve.
    public var safety: Double = 0.9
    /// Limits of a step over the one before.
    public var factors: ClosedRange<Double> = 0.2...10
    /// b, the share of the previous error; 0 is integral control alone.
    public var damping: Double = 0.2
    /// A step shorter than this, in units of t, is not tried: the sample stops with ``StopReason/stepTooSmall``.
    public var shortestStep: Double = 1e-6
    /// Steps, with those rejected, after which a sample stops with ``StopReason/exhausted``.
    public var maximumSteps: Int = 1000

    /// Control towards the given tolerances.
    public init(absoluteTolerance: Double = 1e-5, relativeTolerance: Double = 1e-5) {
        demand(absoluteTolerance > 0 && relativeTolerance >= 0, "a tolerance is positive")
        self.absoluteTolerance = absoluteTolerance
        self.relativeTolerance = relativeTolerance
    }

    /// The root mean square of `error` in units of the allowed error, for each example [B], in single precision.
    ///
    /// Summed in float64: the order of a sum may depend on the size of the batch, and rounding hides that.
    func norm(of error: Tensor, from start: Tensor, to end: Tensor) -> Tensor {
        Self.rms(error / (start.abs().maximum(end.abs()) * relativeTolerance + absoluteTolerance))
    }

    /// Factor of a step after errors `error` and, one accepted step earlier, `previous`.
    func factor(error: Double, previous: Double, estimateOrder k: Int) -> Double {
        let beta = damping / Double(k)
        let alpha = (1 - 0.75 * damping) / Double(k)
        let wanted = pow(error, -alpha) * pow(previous, beta) * safety
        return min(max(wanted, factors.lowerBound), factors.upperBound)
    }

    /// Lengths of the first steps, one per example.
    ///
    /// The rule of Hairer, Nørsett and Wanner, section II.4, page 169, with the size of positions and slopes. It goes on to
    /// try a short step for a second derivative; that evaluation is saved, since a first step that proves too long is
    /// shortened like any other.
    ///
    /// - Parameters:
    ///   - start: Positions x [B, ...].
    ///   - slope: Slopes at them.
    ///   - limit: No step is longer.
    ///   - slack: Factors of each example's tolerances.
    ///   - k: Order of the error of the estimate.
    func firstSteps(
        from start: Tensor, along slope: Tensor, limit: Double, slack: [Double], estimateOrder k: Int
    ) -> [Double] {
        let allowed = start.abs() * relativeTolerance + absoluteTolerance
        let both = Tensor.stack([Self.rms(start / allowed), Self.rms(slope / allowed)]).scalars(as: Double.self)
        let count = start.shape[0]
        return (0..<count).map { row in
            let (size, speed) = (both[row] / slack[row], both[count + row] / slack[row])
            let trial = size < 1e-5 || speed < 1e-5 ? 1e-6 : 0.01 * size / speed
            let wanted = speed <= 1e-15 ? limit : pow(0.01 / speed, 1 / Double(k))
            let step = min(100 * trial, wanted)
            // Where the slope is not finite neither is the step; the shortest one then fails at once.
            return step.isNaN ? shortestStep : min(max(step, shortestStep), limit)
        }
    }

    private static func rms(_ x: Tensor) -> Tensor {
        x.reshape(x.shape[0], -1).to(.float64).square().mean(1).sqrt().to(.float32)
    }
}
