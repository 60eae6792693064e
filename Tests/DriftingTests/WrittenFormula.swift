import Drifting
import Testing
import Torch

/// The released loss written down as its steps are stated, with distances as norms of differences: slow, and
/// independent of the library.
struct WrittenFormula {
    var temperatures = [0.2, 0.05, 0.02]
    /// Of the variants.
    var configuration = ReleasedField.Configuration()
    let points: DriftPoints

    init(_ points: DriftPoints) { self.points = points }

    /// The loss of each group [B] as a function of x [B, G, D], with everything but x in `x / unit` held fixed.
    func loss(_ x: Tensor) -> Tensor {
        let (unit, displacement) = withoutGradients { field() }
        let goal = x.detach() / unit + displacement
        return (x / unit - goal).square().mean([1, 2])
    }

    /// The unit of length and the displacement V in it.
    func field() -> (unit: Tensor, displacement: Tensor) {
        let x = points.generated.detach()
        let (b, g, d) = (x.shape[0], x.shape[1], x.shape[2])
        let negatives = points.negatives ?? .zeros([b, 0, d], dtype: x.dtype)
        let targets = Tensor.cat([x, negatives, points.positives], 1)
        func ones(_ count: Int) -> Tensor { .ones([b, count], dtype: x.dtype) }
        let weights = Tensor.cat(
            [
                points.generatedWeights ?? ones(g), points.negativeWeights ?? ones(negatives.shape[1]),
                points.positiveWeights ?? ones(points.positives.shape[1]),
            ], 1)
        let differences = targets.unsqueeze(1) - x.unsqueeze(2)
        let distances = differences.square().sum(3).clamp(1e-8...).sqrt()
        let scale = (distances * weights.unsqueeze(1)).mean() / weights.mean()
        let unit = (scale / Double(d).squareRoot()).clamp(1e-3...)
        let masked =
            distances / scale.clamp(1e-3...) + Tensor.eye(g, targets.shape[1], dtype: x.dtype) * 100
        let repelling = g + negatives.shape[1]
        let forces = temperatures.map { temperature in
            let kernel = configuration.kernel.logValue(masked / temperature).exp()
            let affinity = (product(kernel).clamp(1e-6...)).sqrt() * weights.unsqueeze(1)
            let push = affinity.slice(2, 0, repelling)
            let pull = affinity.slice(2, repelling)
            let coefficients = Tensor.cat(
                [
                    -push * pull.sum(2, keepDim: true) * configuration.repulsion,
                    pull * push.sum(2, keepDim: true) * configuration.attraction,
                ], 2)
            let force = (coefficients.unsqueeze(3) * differences).sum(2) / unit
            return force / force.square().mean().clamp(1e-8...).sqrt()
        }
        return (unit, forces.dropFirst().reduce(forces[0], +))
    }

    /// The square of the affinity before its floor.
    private func product(_ kernel: Tensor) -> Tensor {
        let rows = kernel / kernel.sum(2, keepDim: true)
        switch configuration.normalisation {
        case .both: return rows * (kernel / kernel.sum(1, keepDim: true))
        case .targets: return rows * rows
        case .none: return (kernel / kernel.amax()).square()
        }
    }
}

extension DriftPoints {
    /// Standard normal points in float64: B groups of G generated, P positives and Q negatives of D dimensions.
    static func normal(
        _ groups: Int = 2, generated: Int = 5, positives: Int = 6, negatives: Int = 0, dimensions: Int = 4,
        weighted: Bool = false, seed: UInt64 = 1
    ) -> DriftPoints {
        let source = RandomSource(Seed(seed))
        func points(_ count: Int) -> Tensor { .randn([groups, count, dimensions], using: source, dtype: .float64) }
        func weights(_ count: Int) -> Tensor? {
            weighted ? .rand([groups, count], in: 0.2..<2, using: source, dtype: .float64) : nil
        }
        return DriftPoints(
            generated: points(generated), positives: points(positives),
            negatives: negatives > 0 ? points(negatives) : nil, generatedWeights: weights(generated),
            positiveWeights: weights(positives), negativeWeights: negatives > 0 ? weights(negatives) : nil)
    }

    /// The same weights at other places.
    func moved(_ move: (Tensor) -> Tensor) -> DriftPoints {
        var points = self
        points.generated = move(generated)
        points.positives = move(positives)
        points.negatives = negatives.map(move)
        points.independent = independent.map(move)
        return points
    }
}
