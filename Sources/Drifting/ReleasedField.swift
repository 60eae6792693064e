internal import Torch

/// The field of the authors' release: doubly normalised Laplace kernel, several temperatures, global statistics.
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

        /// The release's numbers.
        public init() {}

        /// The release's floors with other temperatures, each positive.
        public init(temperatures: [Double]) {
            precondition(
                !temperatures.isEmpty && temperatures.allSatisfy { $0 > 0 },
                "temperatures must be positive, and there must be one: \(temperatures)")
            self.temperatures = temperatures
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

        var displacement = targets.generated.zerosLike()
        var strengths: [Tensor] = []
        for temperature in temperatures {
            let coefficients = coefficients(normalised, targets, temperature)
            let force = targets.combine(coefficients) / unit
            let strength = force.square().mean()
            displacement += force / strength.clamp(configuration.strengthFloor...).sqrt()
            strengths.append(strength)
        }
        return Drift(
            displacement: displacement, unit: unit, value: displacement.square().mean([1, 2]), scale: scale,
            strengths: strengths)
    }

    /// How much each target pulls (positive) or pushes (negative) each generated point, [B, G, M]; rows sum to zero.
    private func coefficients(_ distances: Tensor, _ targets: DriftTargets, _ temperature: Double) -> Tensor {
        let logits = distances * (-1 / temperature)
        return configuration.coefficients(row: logits.softmax(2), column: logits.softmax(1), targets)
    }
}

extension ReleasedField.Configuration {
    /// The coefficients of targets from the two softmaxes of the logits [B, G, M].
    func coefficients(row: Tensor, column: Tensor, _ targets: DriftTargets) -> Tensor {
        let affinity = (row * column).clamp(affinityFloor...).sqrt() * targets.weights.unsqueeze(1)
        let (repelling, attracting) = targets.split(affinity)
        return Tensor.cat(
            [
                -(repelling * attracting.sum(2, keepDim: true)),
                attracting * repelling.sum(2, keepDim: true),
            ], 2)
    }
}
