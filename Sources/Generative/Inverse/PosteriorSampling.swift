public import Torch

/// Diffusion posterior sampling: after each step of another rule, a step down the gradient of the measurement's misfit.
///
///     x' <- rule(x) - ζ ∇_x |z - A E[y | x]|
///
/// DPS, Chung et al., arXiv 2209.14687, algorithm 1, with the length of its gradient steps as its authors' program has it: the
/// gradient of the length, not of its square. It is no approximation of the posterior's score at a level but one of a sampler
/// with many steps, so it is a rule and not a model; a thousand steps are its home.
public struct PosteriorSampling<Predictor: StepRule, Operator: LinearOperator>: StepRule {
    /// The rule of the steps.
    public let predictor: Predictor
    /// A.
    public let `operator`: Operator
    /// z [B, ...], in the order of the samples.
    public let measurement: Tensor
    /// ζ > 0.
    public let scale: Double

    /// A rule.
    ///
    /// - Parameters:
    ///   - predictor: The rule of the steps, such as ancestral sampling.
    ///   - operator: A.
    ///   - measurement: z of all samples [B, ...], which are to be drawn in one batch.
    ///   - scale: ζ > 0; 1 by default, as for most of the paper's tasks.
    public init(_ predictor: Predictor, _ operator: Operator, towards measurement: Tensor, scale: Double = 1) {
        demand(scale > 0, "a step towards a measurement has a positive length, unlike \(scale)")
        `operator`.require(measurement: measurement)
        self.predictor = predictor
        self.operator = `operator`
        self.measurement = measurement
        self.scale = scale
    }

    /// That of the predictor.
    public var order: Int { predictor.order }

    /// That of the predictor.
    public var isStochastic: Bool { predictor.isStochastic }

    /// Such as "DDIM, eta 1, DPS 1.0".
    public var description: String { "\(predictor), DPS \(scale)" }

    /// Those of the predictor; backward passes are not counted.
    public func evaluations(over grid: NoiseGrid) -> Int { predictor.evaluations(over: grid) }

    /// What the predictor remembers.
    public func beginning() -> Predictor.Memory { predictor.beginning() }

    /// Positions at the end of a step.
    public func step(
        _ x: Tensor, _ place: StepPlace, _ memory: inout Predictor.Memory,
        estimate: (Tensor, NoiseLevel) -> Estimate, noise: () -> Tensor
    ) -> Tensor {
        demand(
            measurement.shape[0] == x.shape[0],
            "\(measurement.shape[0]) measurements for \(x.shape[0]) samples: DPS draws them in one batch")
        var known: Estimate?
        let gradient = gradientOfEstimate(at: x) { leaf in
            let first = estimate(leaf, place.step.from)
            known = Estimate(
                data: first.data.detach(), noise: first.noise.detach(), varianceShare: first.varianceShare?.detach())
            let residual = `operator`.apply(first.data) - measurement.to(x.dtype)
            let size = residual.square().flatten(1).sum(1).clamp(1e-24...).sqrt()
            return (size, size.onesLike())
        }
        // The rule's first evaluation is at the place where the gradient was taken.
        let moved = predictor.step(x, place, &memory) { position, level in
            guard let first = known, level == place.step.from else { return estimate(position, level) }
            known = nil
            return first
        } noise: {
            noise()
        }
        return moved - gradient * scale
    }
}
