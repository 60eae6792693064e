internal import Torch

/// The field of the authors' release, and the variants of the paper's tables: doubly normalised Laplace kernel, several
/// temperatures, global statistics.
///
/// With targets Y = [x; negatives; positives] of weights W, distances d and their weighted mean S over the whole call:
///
///     dn = d / max(S, 1e-3), plus 100 between a point and itself
///     A = sqrt(max(softmax_j(-dn / tau) softmax_i(-dn / tau), 1e-6)) W
///     f_i = sum_j c_ij y_j with c = +A_pos sum(A_neg) for positives and -A_neg sum(A_pos) for negatives
///     V = sum over tau of f / sqrt(max(mean f², 1e-8)), in units of max(S / sqrt(D), 1e-3)
///
/// Source: arXiv 2602.04770, sections 3.2, 3.3 and A.6, with the floors of the release, which are not in the paper. Like
/// the release, and unlike the paper, it is not exactly antisymmetric: the affinity floor and the mask of a point against
/// itself break the symmetry. A negative of weight 0 still takes part in the softmax. Statistics are shared by all groups
/// of a call, so splitting a batch changes the result.
///
/// ``Configuration/kernel``, ``Configuration/normalisation``, ``Configuration/attraction`` and ``Configuration/repulsion``
/// make the variants: A = sqrt(max(r c, 1e-6)) W with both factors r and c from one of the three normalisations, and
/// f = attraction · (sum over positives) - repulsion · (sum over negatives), each of coefficients times y_j - x_i.
///
/// Use it unless you know better: it is what the published numbers were made with, and the fastest.
///
/// We differ from the release in one point: distances are computed after a common offset of each group has been removed,
/// because the expanded form loses digits when the points lie far from the origin.
public struct ReleasedField: DriftField {
    /// Numbers of the release.
    public struct Configuration: Sendable, Hashable {
        /// Widths of the kernel in units of the mean distance; the release's 0.2, 0.05 and 0.02 (A.6).
        public var temperatures: [Double] = [0.2, 0.05, 0.02]
        /// Smallest squared distance.
        public var squaredDistanceFloor = 1e-8
        /// Smallest scale, both as a mean distance and as a unit of length.
        public var scaleFloor = 1e-3
        /// Added to the normalised distance between a point and itself.
        public var selfDistance = 100.0
        /// Smallest product of the two softmaxes, before the root.
        public var affinityFloor = 1e-6
        /// Smallest mean square that a force is normalised with.
        public var strengthFloor = 1e-8
        /// The kernel; the release's is Laplace's (equation 12).
        public var kernel = DriftKernel.laplace
        /// What affinities are normalised over; both, as in the release (section 3.3 and table 11).
        public var normalisation = ReleasedField.Normalisation.both
        /// Factor of the pull of positives, 1.
        ///
        /// Table 1 of the paper breaks antisymmetry with 1.5 (FID 41.05 instead of 8.46) and 2 (86.16).
        public var attraction = 1.0
        /// Factor of the push of generated points and negatives, 1.
        ///
        /// In table 1 also 1.5 (FID 46.28), 2 (112.84) and 0 (177.14).
        public var repulsion = 1.0

        /// The release's numbers.
        public init() {}

        /// The release's floors with other temperatures, each positive.
        public init(temperatures: [Double]) {
            demand(
                !temperatures.isEmpty && temperatures.allSatisfy { $0 > 0 },
                "temperatures must be positive, and there must be one: \(temperatures)")
            self.temperatures = temperatures
        }

        func widened(by factor: Double) -> Configuration {
            var copy = self
            copy.temperatures = temperatures.map { $0 * factor }
            return copy
        }
    }

    /// The numbers in use.
    public var configuration: Configuration

    /// A field with the release's numbers, or others.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// Widths of the kernel.
    public var temperatures: [Double] { configuration.temperatures }

    /// The same field with wider or narrower kernels.
    public func widened(by factor: Double) -> ReleasedField { ReleasedField(configuration.widened(by: factor)) }

    /// The drift of the generated points; see ``ReleasedField``.
    public func drift(of points: DriftPoints) -> Drift {
        withoutGradients {
            withoutAutocast(on: points.generated.device) { composed(points) }
        }
    }

    private func composed(_ points: DriftPoints) -> Drift {
        let targets = DriftTargets(points)
        let dimensions = Double(targets.generated.shape[2])
        let distances = targets.distances(floor: configuration.squaredDistanceFloor)
        let scale = (distances * targets.weights.unsqueeze(1)).mean() / targets.weights.mean()
        let unit = (scale / dimensions.squareRoot()).clamp(configuration.scaleFloor...)
        let normalised =
            distances / scale.clamp(configuration.scaleFloor...) + targets.selfMask(configuration.selfDistance)
        let nearest = configuration.normalisation == .none ? normalised.amin() : nil

        var displacement = targets.generated.zerosLike()
        var strengths: [Tensor] = []
        for temperature in temperatures {
            let coefficients = configuration.coefficients(
                logits: configuration.logits(normalised, temperature), columnSums: nil,
                largest: nearest.map { configuration.logits($0, temperature) }, targets)
            let force = targets.combine(coefficients) / unit
            let strength = force.square().mean()
            displacement += force / strength.clamp(configuration.strengthFloor...).sqrt()
            strengths.append(strength)
        }
        return Drift(
            displacement: displacement, unit: unit, value: displacement.square().mean([1, 2]), scale: scale,
            strengths: strengths)
    }
}
