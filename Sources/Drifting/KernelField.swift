internal import Torch

/// Fields that follow from a kernel alone: mean shift, the difference of scores, and the gradient of the squared MMD.
///
/// With widths τ in units of the mean distance S, r = |x - y| / (τ S), the kernel k(r) and its slope ω(r) = -k'(r) / r:
///
///     mean shift        V = E_p[k (y - x)] / E_p[k]  -  E_q[k (x' - x)] / E_q[k]
///     score difference  V = E_p[ω (y - x)] / E_p[k]  -  E_q[ω (x' - x)] / E_q[k]  =  τ² S² (∇ log p_k - ∇ log q_k)
///     MMD               V = E_p[ω (y - x)]           -  E_q[ω (x' - x)]           =  τ² S² ∇ (k * p - k * q)
///
/// where p_k and q_k are p and q smoothed with the kernel. E_q runs over the other generated points (each leaves itself
/// out), or over ``DriftPoints/independent`` where there are any, and over the extra negatives with their weights. Each
/// width's force is normalised to unit mean square over the call, and the forces are added.
///
/// * Mean shift: arXiv 2602.04770, equations 8 to 11; the release multiplies it by the masses of both sides, which are
///   normalised together. With Gaussian and Matérn kernels it vanishes everywhere only if p = q (arXiv 2604.24196).
/// * Score difference: arXiv 2605.10727 and 2605.22795. With the Gaussian kernel it is the mean shift, by Tweedie's
///   formula; it is a gradient flow of the Kullback-Leibler divergence between smoothed distributions.
/// * MMD: Arbel et al., arXiv 1906.04370, equation 5; arXiv 2607.02375 trains generators with it. Far points hardly move:
///   it wants a good start, large groups and wide kernels.
///
/// All three are antisymmetric in p and q when q is given by independent points, and zero in expectation at p = q when
/// both sides have equally many points: P = G', or P = G - 1 where each point leaves itself out. They are equivariant under
/// translations and rotations, and scale with the points. None of this needs floors, unlike ``ReleasedField``.
public struct KernelField: DriftField {
    /// How a force follows from the kernel.
    public enum Law: String, Sendable, Hashable, CaseIterable {
        /// Towards the kernel's mean of the data, away from that of the generated points.
        case meanShift = "mean_shift"
        /// Along the difference of the scores of the smoothed distributions.
        case scoreDifference = "score_difference"
        /// Against the gradient of the squared maximum mean discrepancy.
        case maximumMeanDiscrepancy = "mmd"
    }

    /// Options.
    public struct Configuration: Sendable, Hashable {
        /// How a force follows from the kernel.
        public var law: Law
        /// The kernel; Gaussian, for which scores are exact.
        public var kernel = DriftKernel.gaussian
        /// Widths in units of the mean distance: 0.5, 0.25 and 0.15.
        ///
        /// Ours, for the Gaussian kernel: in high dimension distances hardly differ from their mean, and at the release's
        /// 0.02 that kernel would see one neighbour only.
        public var temperatures: [Double] = [0.5, 0.25, 0.15]
        /// Factor of the pull, 1; others break antisymmetry, as in table 1 of arXiv 2602.04770.
        public var attraction = 1.0
        /// Factor of the push; 1.
        public var repulsion = 1.0
        /// Whether a second batch of generated points must be there, instead of leaving each point out; no.
        public var needsIndependentPoints = false
        /// Smallest mean square that a force is normalised with; the release's 1e-8.
        public var strengthFloor = 1e-8

        /// A law with the defaults, with other widths if given, each positive.
        public init(_ law: Law, temperatures: [Double]? = nil) {
            self.law = law
            guard let temperatures else { return }
            demand(
                !temperatures.isEmpty && temperatures.allSatisfy { $0 > 0 },
                "temperatures must be positive, and there must be one: \(temperatures)")
            self.temperatures = temperatures
        }
    }

    /// The options in use.
    public var configuration: Configuration

    /// A field.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// A field of a law with the defaults.
    public init(_ law: Law) { self.init(Configuration(law)) }

    /// Widths of the kernel.
    public var temperatures: [Double] { configuration.temperatures }

    /// As configured.
    public var needsIndependentPoints: Bool { configuration.needsIndependentPoints }

    /// The same field with wider or narrower kernels.
    public func widened(by factor: Double) -> KernelField {
        var copy = self
        copy.configuration.temperatures = temperatures.map { $0 * factor }
        return copy
    }

    /// The drift of the generated points; see ``KernelField``.
    ///
    /// The strengths of the MMD are those of the forces with the kernel as it is, however small.
    public func drift(of points: DriftPoints) -> Drift {
        demand(
            points.generated.shape[1] > 1 || points.independent != nil || points.negatives != nil,
            "a single generated point has nothing to be pushed by: generate more, or an independent batch")
        return withoutGradients {
            withoutAutocast(on: points.generated.device) {
                NormalisedForces(points: points, power: 1, strengthFloor: configuration.strengthFloor).drift(forces)
            }
        }
    }

    private func forces(
        _ block: FieldBlock, _ measure: NormalisedForces.Measure
    ) -> [(force: Tensor, logFactor: Tensor?)] {
        let x = block.generated
        let sides = [block.positives, block.own.joined(block.negatives)].map { cloud in
            let distances = (cloud.squares(from: x).sqrt() / measure.scale).clamp(NormalisedForces.nearestDistance...)
            return Side(cloud: cloud, distances: distances, logWeights: cloud.logWeights(rows: x.shape[1]))
        }
        return temperatures.map { temperature in
            let largest =
                configuration.law == .maximumMeanDiscrepancy
                ? configuration.kernel.logSlope(measure.nearest / temperature) : nil
            let moves = sides.map { $0.move(of: x, configuration, temperature, largest) }
            return (moves[0] * configuration.attraction - moves[1] * configuration.repulsion, largest)
        }
    }
}

/// What pulls, or what pushes.
private struct Side {
    let cloud: Cloud
    /// In units of the mean distance [b, G, N].
    let distances: Tensor
    let logWeights: Tensor

    /// The weighted mean of y - x, [b, G, D].
    func move(
        of x: Tensor, _ configuration: KernelField.Configuration, _ temperature: Double, _ largest: Tensor?
    ) -> Tensor {
        let weights = weights(configuration, distances / temperature, largest)
        return weights.bmm(cloud.points) - weights.sum(2, keepDim: true) * x
    }

    private func weights(_ configuration: KernelField.Configuration, _ r: Tensor, _ largest: Tensor?) -> Tensor {
        let kernel = configuration.kernel
        switch configuration.law {
        case .meanShift: return (kernel.logValue(r) + logWeights).softmax(2)
        case .scoreDifference:
            let density = (kernel.logValue(r) + logWeights).logsumexp(2, keepDim: true)
            return (kernel.logSlope(r) + logWeights - density).exp()
        case .maximumMeanDiscrepancy:
            return (kernel.logSlope(r) + logWeights - (largest ?? r.zerosLike())).exp()
        }
    }
}
