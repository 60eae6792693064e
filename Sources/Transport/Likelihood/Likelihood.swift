internal import Foundation
public import Generative
public import Torch

/// Log-densities of data under the flow of a ``/Generative/VectorField``, by the instantaneous change of variables.
///
///     log p_1(x_1) = log p_0(x_0) - ∫_0^1 div v(x_t, t) dt,    x_0 = the end of the trajectory from x_1 back to t = 0
///
/// Chen et al., arXiv 1806.07366, theorem 1; for diffusion models Song et al., arXiv 2011.13456, section 4.3. Position and
/// integral are followed together, so the tolerance of an adaptive solver holds for both.
///
///     let likelihood = Likelihood(divergence: .hutchinson(probes: 4))
///     let result = likelihood.logDensity(of: images, under: field, prior: .standardNormal, using: source)
///     let bits = BitsPerDimension.of(result.logDensity, dimensions: 784)
public struct Likelihood: Sendable {
    /// Way through time.
    public enum Solver: Sendable {
        /// Fixed steps from t = 1 to t = 0: for gradients, and for studies of the error.
        case fixed(Tableau, steps: Int)
        /// Steps by tolerance, each sample its own.
        case adaptive(StepSizeControl)
    }

    /// Density of the noise at t = 0.
    public struct Prior: Sendable {
        /// Log-densities [B] of positions [B, ...].
        public let logDensity: @Sendable (Tensor) -> Tensor

        /// A prior of any density.
        public init(_ logDensity: @escaping @Sendable (Tensor) -> Tensor) { self.logDensity = logDensity }

        /// N(0, I): for paths with α(0) = 0 and σ(0) = 1.
        public static let standardNormal = normal(deviation: 1)

        /// N(0, σ² I), what a sampler starts from.
        ///
        /// On paths with α(0) > 0 or a finite σ(0) it is not quite the marginal at
        /// t = 0, and the likelihood is that of the sampler.
        ///
        /// - Parameter deviation: σ > 0.
        public static func normal(deviation: Double) -> Prior {
            demand(deviation > 0, "the deviation of a prior is positive, unlike \(deviation)")
            return Prior { x in
                let flat = x.reshape(x.shape[0], -1)
                let constant = Double(flat.shape[1]) * log(2 * Double.pi * deviation * deviation) / 2
                return flat.square().sum(1) * (-0.5 / (deviation * deviation)) - constant
            }
        }
    }

    /// Log-densities and what they are made of.
    public struct Result: Sendable {
        /// log p_1 [B].
        public let logDensity: Tensor
        /// The noise x_0 that the data stem from, shaped like them.
        public let noise: Tensor
        /// ∫ div v dt over [0, 1], [B].
        public let divergenceIntegral: Tensor
        /// Evaluations of each sample.
        public let evaluations: [Int]
        /// Reason for which each trajectory ended.
        public let stopped: [StopReason]
    }

    /// Way to the divergence.
    public var divergence: Divergence
    /// Way through time.
    public var solver: Solver

    /// Time that is crossed: data lie at its upper end, and the prior at its lower one.
    public var interval: ClosedRange<Double>

    /// A way to log-densities.
    ///
    /// - Parameters:
    ///   - divergence: Way to the divergence; exact by default.
    ///   - solver: Way through time; by default steps for absolute and relative tolerances of 1e-5, as in Song et al.
    ///   - interval: Time that is crossed, [0, 1] by default; where the velocity is infinite at t = 1, as on variance-preserving
    ///     paths, it ends a little earlier.
    public init(
        divergence: Divergence = .exact, solver: Solver = .adaptive(StepSizeControl()),
        over interval: ClosedRange<Double> = 0...1
    ) {
        self.divergence = divergence
        self.solver = solver
        self.interval = interval
    }

    /// Log-densities of data.
    ///
    /// - Parameters:
    ///   - data: Data at t = 1 [B, ...].
    ///   - field: The velocity.
    ///   - condition: Condition of each sample.
    ///   - prior: Density at t = 0; standard normal by default.
    ///   - source: Randomness of the probes; the exact divergence draws nothing.
    ///   - isDifferentiable: Gradients flow from the log-densities to data and parameters; needs fixed steps. By default not.
    /// - Returns: Log-densities in nats, with what they are made of.
    public func logDensity<Model: VectorField>(
        of data: Tensor, under field: Model, given condition: Model.Condition, prior: Prior = .standardNormal,
        using source: RandomSource, isDifferentiable: Bool = false
    ) -> Result {
        let shape = Array(data.shape.dropFirst())
        let dimensions = shape.reduce(1, *)
        let tracked = DivergenceField(model: field, shape: shape, isDifferentiable: isDifferentiable)
        let probed = ProbedCondition(condition: condition, probes: divergence.probes(for: data, using: source))
        let start = data.reshape(data.shape[0], dimensions).pad([0, 1])
        let ends = follow(tracked, from: start, given: probed, using: source)
        let noise = ends.values.slice(1, 0, dimensions).reshape(data.shape)
        // Followed from t = 1 to 0, the last number is minus the integral.
        let integral = -ends.values.select(1, dimensions)
        return Result(
            logDensity: prior.logDensity(noise) - integral, noise: noise, divergenceIntegral: integral,
            evaluations: ends.evaluations, stopped: ends.stopped)
    }

    /// Log-densities of data under a field without condition.
    public func logDensity<Model: VectorField>(
        of data: Tensor, under field: Model, prior: Prior = .standardNormal, using source: RandomSource,
        isDifferentiable: Bool = false
    ) -> Result where Model.Condition == Void {
        logDensity(
            of: data, under: field, given: (), prior: prior, using: source, isDifferentiable: isDifferentiable)
    }

    private func follow<Model: VectorField>(
        _ field: DivergenceField<Model>, from start: Tensor, given condition: ProbedCondition<Model.Condition>,
        using source: RandomSource
    ) -> Samples {
        switch solver {
        case .adaptive(let control):
            demand(!field.isDifferentiable, "gradients of a likelihood need fixed steps: Solver.fixed")
            return AdaptiveODESampler(control: control, over: interval, .towardsNoise, for: DivergenceField<Model>.self)
                .sample(field, from: start, given: condition, using: source)
        case .fixed(let tableau, let steps):
            let grid = TimeGrid.uniform(steps: steps, over: interval).reversed()
            guard field.isDifferentiable else {
                return ODESampler(tableau, times: grid).sample(field, from: start, given: condition, using: source)
            }
            let (end, evaluations) = withGradients {
                tableau.integrate(from: start, over: grid) { x, time in
                    field.velocity(at: x, time: time, given: condition)
                }
            }
            return Samples(values: end, evaluations: evaluations, stopped: .completed)
        }
    }
}

/// Densities of images as bits per dimension of their bytes.
public enum BitsPerDimension {
    /// Bits per dimension, [B].
    ///
    ///     -log2 p(y) / D + log2 a
    ///
    /// An upper bound of the bytes' own code length when y = (x + u) / a - 1 with uniform u in [0, 1) (uniform dequantisation,
    /// Theis et al., arXiv 1511.01844).
    ///
    /// - Parameters:
    ///   - logDensity: log p(y) in nats [B].
    ///   - dimensions: D.
    ///   - scale: a, the bytes in a unit of y; 128 by default, for y in [-1, 1).
    public static func of(_ logDensity: Tensor, dimensions: Int, scale: Double = 128) -> Tensor {
        demand(dimensions >= 1 && scale > 0, "bits are per dimension, of which there is at least one")
        return logDensity * (-1 / (Double(dimensions) * log(2.0))) + log2(scale)
    }
}
