internal import Torch

/// How long the next step of an adaptive solver is: proportional-integral control, for each example on its own.
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
    /// s, what is kept in reserve.
    public var safety: Double = 0.9
    /// By how much a step may differ from the one before.
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

    /// The root mean square of `error` in units of what is allowed, for each example [B]; NaN counts as infinite.
    func norm(of error: Tensor, from start: Tensor, to end: Tensor) -> Tensor {
        let allowed = start.abs().maximum(end.abs()) * relativeTolerance + absoluteTolerance
        return Self.rms(error / allowed).nanToNum(nan: .infinity, positiveInfinity: .infinity, negativeInfinity: 0)
    }

    /// What to multiply a step by [B], after errors `error` and, one accepted step earlier, `previous`.
    func factor(error: Tensor, previous: Tensor, estimateOrder k: Int) -> Tensor {
        let beta = damping / Double(k)
        let alpha = (1 - 0.75 * damping) / Double(k)
        return (error.pow(-alpha) * previous.pow(beta) * safety).clamp(factors)
    }

    /// Lengths of the first steps [B]: the algorithm of Hairer, Nørsett and Wanner, section II.4, page 169.
    ///
    /// - Parameters:
    ///   - start: Positions x [B, ...].
    ///   - slope: Slopes at them.
    ///   - limit: No step is longer.
    ///   - k: Order of the error of the estimate.
    ///   - probe: Slopes at x + h slope after the times h [B]; called once.
    func firstStep(
        from start: Tensor, along slope: Tensor, limit: Double, estimateOrder k: Int, probe: (Tensor, Tensor) -> Tensor
    ) -> Tensor {
        let allowed = start.abs() * relativeTolerance + absoluteTolerance
        let size = Self.rms(start / allowed)
        let speed = Self.rms(slope / allowed)
        let tiny = (size .< 1e-5) .| (speed .< 1e-5)
        let trial = (size / speed * 0.01).maskedFill(tiny, 1e-6).clamp(...limit)
        let moved = probe(start + slope * trial.alongBatch(of: start).to(start.dtype), trial)
        let bend = Self.rms((moved - slope) / allowed) / trial
        let fastest = speed.maximum(bend)
        let flat = (trial * 1e-3).clamp(1e-6...)
        let wanted = flat.where(fastest .<= 1e-15, else: (0.01 / fastest).pow(1 / Double(k)))
        return (trial * 100).minimum(wanted).clamp(min(shortestStep, limit)...limit)
    }

    private static func rms(_ x: Tensor) -> Tensor { x.flatten(1).square().mean(1).sqrt() }
}
