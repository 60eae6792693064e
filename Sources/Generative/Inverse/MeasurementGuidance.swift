public import Torch

/// A condition together with a measurement of each example.
public struct Measured<Condition> {
    /// Condition of the model.
    public var condition: Condition
    /// Measurements z [B, ...].
    public var measurement: Tensor

    /// A condition and measurements.
    public init(_ condition: Condition, _ measurement: Tensor) {
        self.condition = condition
        self.measurement = measurement
    }
}

extension Measured: Sendable where Condition: Sendable {}

/// Knowledge of how data were measured: z = A y + σ_z n, and of how widely they are spread.
public struct Measurement<Operator: LinearOperator>: Sendable {
    /// A.
    public let `operator`: Operator
    /// σ_z >= 0, the deviation of the measurement's noise.
    public let noise: Double
    /// s, the deviation of data about their mean, with which E[y | x] is trusted: Var[y | x] ≈ s² σ² / (α² s² + σ²).
    public let dataDeviation: Double

    /// A way of measuring.
    ///
    /// - Parameters:
    ///   - operator: A.
    ///   - noise: σ_z >= 0; none by default.
    ///   - dataDeviation: s > 0; 1 by default, as in ΠGDM.
    public init(_ operator: Operator, noise: Double = 0, dataDeviation: Double = 1) {
        demand(noise >= 0 && noise.isFinite, "the noise of a measurement is not negative, unlike \(noise)")
        demand(dataDeviation > 0, "the deviation of data is positive, unlike \(dataDeviation)")
        self.operator = `operator`
        self.noise = noise
        self.dataDeviation = dataDeviation
    }

    /// Measurements of data [B, ...], with noise from a source.
    public func measure(_ data: Tensor, using source: RandomSource) -> Tensor {
        let exact = `operator`.apply(data)
        return noise > 0 ? exact + Tensor.randn(exact.shape, using: source, dtype: exact.dtype) * noise : exact
    }

    /// r² = s² σ² / (α² s² + σ²) [B], which of Gaussian data of deviation s is the variance given the position.
    func variance(alpha: Tensor, sigma: Tensor) -> Tensor {
        let (data, noise) = (alpha.square() * (dataDeviation * dataDeviation), sigma.square())
        return noise * (dataDeviation * dataDeviation) / (data + noise)
    }

    /// Aᵀ (r² A Aᵀ + σ_z² I)⁻¹ (z - A y), shaped like the data.
    func pull(_ data: Tensor, towards measurement: Tensor, variance: Tensor) -> Tensor {
        let residual = measurement.to(data.dtype) - `operator`.apply(data)
        // At the data the variance is 0, and the limit is Aᵀ (z - A y) / σ_z².
        let variance = variance.clamp((1e-12 * dataDeviation * dataDeviation)...)
        let solved = `operator`.solve(residual, ridge: variance.reciprocal() * (noise * noise))
        return `operator`.adjoint(solved) / variance.factor(of: data)
    }
}

/// A way in which the pull of a measurement reaches the estimate of the data.
public enum MeasurementPull: String, Sendable, Hashable, CaseIterable {
    /// As if Var[y | x] were r² I: no gradient, one pass. Without noise, the part of the estimate that is measured is replaced
    /// by the measurement.
    ///
    /// DDNM (Wang et al., arXiv 2212.00490, equation 13).
    case projection
    /// Through the derivative of the estimate, Var[y | x] = (σ² / α) ∂E[y | x] / ∂x: a backward pass through the network.
    ///
    /// ΠGDM (Song et al., "Pseudoinverse-guided diffusion models for inverse problems", ICLR 2023, equations 7 and 8).
    case gradient
}

/// A model of data given a measurement of them: posterior guidance for any ``StepRule``.
///
///     E[y | x, z] ≈ E[y | x] + Var[y | x] Aᵀ (r² A Aᵀ + σ_z² I)⁻¹ (z - A E[y | x])
///
/// Exact for Gaussian data N(m, s² I), with either ``MeasurementPull``; an approximation elsewhere.
///
///     let measured = Measurement(SeparableOperator.averagePooling(4, of: [1, 28, 28]), noise: 0.05)
///     let model = MeasurementGuidance(of: prior, measured, pull: .gradient)
///     let samples = sampler.sample(model, from: noise, given: Measured(labels, z), using: source)
public struct MeasurementGuidance<Model: LevelModel, Operator: LinearOperator>: LevelModel {
    /// The model's condition, and the measurement.
    public typealias Condition = Measured<Model.Condition>

    /// The model of the data.
    public let model: Model
    /// The way of measuring.
    public let measurement: Measurement<Operator>
    /// The way in which the measurement reaches the estimate.
    public let pull: MeasurementPull

    /// A model given measurements.
    ///
    /// - Parameters:
    ///   - model: The model of the data.
    ///   - measurement: The way of measuring.
    ///   - pull: The way in which the measurement reaches the estimate; by default through the gradient.
    public init(of model: Model, _ measurement: Measurement<Operator>, pull: MeasurementPull = .gradient) {
        self.model = model
        self.measurement = measurement
        self.pull = pull
    }

    /// Estimates, shaped like `x` [B, ...].
    ///
    /// At pure noise, α = 0, the gradient says nothing and the projection is used.
    public func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate {
        let dtype = x.dtype
        let (alpha, sigma) = (x.perExample(level.alpha), x.perExample(level.sigma))
        let variance = measurement.variance(alpha: alpha, sigma: sigma)
        guard pull == .gradient, level.alpha > 0 else {
            let known = model.estimate(at: x, level: level, given: condition.condition)
            let step = measurement.pull(known.data, towards: condition.measurement, variance: variance)
            let data = known.data + step * variance.factor(of: x)
            return changed(known, data: data.to(dtype), at: x, level)
        }
        var known = Estimate(data: x, noise: x)
        let gradient = gradientOfEstimate(at: x) { leaf in
            known = model.estimate(at: leaf, level: level, given: condition.condition)
            let step = measurement.pull(known.data.detach(), towards: condition.measurement, variance: variance)
            return (known.data, step)
        }
        let data = known.data.detach() + gradient * (level.sigma * level.sigma / level.alpha)
        return changed(known, data: data.to(dtype), at: x, level)
    }

    private func changed(_ known: Estimate, data: Tensor, at x: Tensor, _ level: NoiseLevel) -> Estimate {
        var estimate = level.estimate(from: data, as: .data, at: x)
        estimate.varianceShare = known.varianceShare?.detach()
        return estimate
    }

    /// The passes of the model; the backward pass is not counted.
    public func passes(at level: NoiseLevel) -> Int { model.passes(at: level) }

    /// The condition and the measurements of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Measured(Model.select(indices, from: condition.condition), condition.measurement.indexSelect(0, indices))
    }
}

extension MeasurementGuidance: Sendable where Model: Sendable {}

/// (∂f / ∂x)ᵀ u, where `body` gives f(x) and u at a leaf.
func gradientOfEstimate(at x: Tensor, _ body: (Tensor) -> (value: Tensor, seed: Tensor)) -> Tensor {
    withGradients {
        let leaf = x.detach().requiringGrad()
        let (value, seed) = body(leaf)
        return gradients(of: value, withRespectTo: [leaf], seed: seed)[0]
    }
}
