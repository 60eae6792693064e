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
        let targets = Targets(points)
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
    private func coefficients(_ distances: Tensor, _ targets: Targets, _ temperature: Double) -> Tensor {
        let logits = distances * (-1 / temperature)
        let product = logits.softmax(2) * logits.softmax(1)
        let affinity = product.clamp(configuration.affinityFloor...).sqrt() * targets.weights.unsqueeze(1)
        let (repelling, attracting) = targets.split(affinity)
        return Tensor.cat(
            [
                -(repelling * attracting.sum(2, keepDim: true)),
                attracting * repelling.sum(2, keepDim: true),
            ], 2)
    }
}

/// The targets of one call side by side, relative to a common offset of each group.
private struct Targets {
    let generated: Tensor
    let all: Tensor
    let weights: Tensor
    let repellingCount: Int

    init(_ points: DriftPoints) {
        let dtype: DType = points.generated.dtype == .float64 ? .float64 : .float32
        let x = points.generated.detach().to(dtype)
        let lists = [x] + [points.negatives, points.positives].compactMap { $0?.detach().to(dtype) }
        let joined = Tensor.cat(lists, 1)
        let offset = joined.mean(1, keepDim: true)
        generated = x - offset
        all = joined - offset
        repellingCount = joined.shape[1] - points.positives.shape[1]

        var weights = [points.generatedWeights ?? Self.ones(x)]
        if let negatives = points.negatives { weights.append(points.negativeWeights ?? Self.ones(negatives)) }
        weights.append(points.positiveWeights ?? Self.ones(points.positives))
        self.weights = Tensor.cat(weights.map { $0.detach().to(x.device, dtype) }, 1)
    }

    private static func ones(_ points: Tensor) -> Tensor {
        .ones(Array(points.shape.prefix(2)), device: points.device)
    }

    /// Distances [B, G, M] of the generated points from all targets.
    func distances(floor: Double) -> Tensor {
        let squares = generated.square().sum(2, keepDim: true) + all.square().sum(2).unsqueeze(1)
        return squares.baddbmm(generated, all.mT, alpha: -2).clamp(floor...).sqrt()
    }

    /// `distance` between each generated point and itself, [G, M].
    func selfMask(_ distance: Double) -> Tensor {
        Tensor.eye(generated.shape[1], all.shape[1], dtype: all.dtype, device: all.device) * distance
    }

    /// Columns of targets that repel, and of those that attract.
    func split(_ affinity: Tensor) -> (repelling: Tensor, attracting: Tensor) {
        let parts = affinity.split([repellingCount, affinity.shape[2] - repellingCount], 2)
        return (parts[0], parts[1])
    }

    /// sum_j c_ij (y_j - x_i).
    func combine(_ coefficients: Tensor) -> Tensor {
        coefficients.bmm(all) - coefficients.sum(2, keepDim: true) * generated
    }
}
