internal import Torch

/// Some groups of a call in the dtype of the field, relative to a common offset of each group: the generated points, and
/// the clouds that pull and push them.
struct FieldBlock {
    /// The generated points [b, G, D].
    let generated: Tensor
    /// The positives.
    let positives: Cloud
    /// The generated points themselves, or the independent ones.
    let own: Cloud
    /// The extra negatives.
    let negatives: Cloud?

    init(_ points: DriftPoints) {
        let dtype: DType = points.generated.dtype == .float64 ? .float64 : .float32
        func prepared(_ tensor: Tensor) -> Tensor { tensor.detach().to(points.generated.device, dtype) }
        let (x, y) = (prepared(points.generated), prepared(points.positives))
        // Expanded distances lose their digits far from the origin.
        let offset = Tensor.cat([x, y], 1).mean(1, keepDim: true)
        generated = x - offset
        positives = Cloud(y - offset, points.positiveWeights.map(prepared))
        own =
            points.independent.map { Cloud(prepared($0) - offset, nil) }
            ?? Cloud(generated, points.generatedWeights.map(prepared), isGenerated: true)
        negatives = points.negatives.map { Cloud(prepared($0) - offset, points.negativeWeights.map(prepared)) }
    }

    /// All clouds.
    var clouds: [Cloud] { [positives, own] + [negatives].compactMap { $0 } }

    /// The sum of the negatives' weights relative to G - 1 generated points, [b, 1, 1]: alpha - 1 for those of guidance.
    var guidance: Tensor? {
        negatives.map { ($0.weights.sum(1) / Double(max(generated.shape[1] - 1, 1))).reshape(-1, 1, 1) }
    }
}

/// Points with weights.
struct Cloud {
    /// Places [b, N, D].
    let points: Tensor
    /// Weights [b, N].
    let weights: Tensor
    /// Whether the points are the generated ones, each of which is left out of its own neighbourhood.
    let isGenerated: Bool

    init(_ points: Tensor, _ weights: Tensor?, isGenerated: Bool = false) {
        self.points = points
        self.weights = weights ?? .ones(Array(points.shape.prefix(2)), dtype: points.dtype, device: points.device)
        self.isGenerated = isGenerated
    }

    /// Both clouds as one.
    func joined(_ other: Cloud?) -> Cloud {
        guard let other else { return self }
        return Cloud(
            Tensor.cat([points, other.points], 1), Tensor.cat([weights, other.weights], 1), isGenerated: isGenerated)
    }

    /// Squared distances [b, G, N] from places, at least 0.
    func squares(from places: Tensor) -> Tensor {
        let squares = places.square().sum(2, keepDim: true) + points.square().sum(2).unsqueeze(1)
        return squares.baddbmm(places, points.mT, alpha: -2).clamp(0...)
    }

    /// Logarithms of the weights, divided by their sum, [b, 1, N]; or [b, G, N] where each point leaves itself out: then
    /// it has no weight, and the sum is that of the others.
    func logWeights(rows: Int) -> Tensor {
        let (logs, sum) = (weights.log().unsqueeze(1), weights.sum(1, keepDim: true))
        guard isGenerated else { return logs - sum.log().unsqueeze(1) }
        let others = (sum - weights.slice(1, 0, rows)).log().unsqueeze(2)
        return (logs - others).maskedFill(selfMask(rows), -.infinity)
    }

    /// Sums over pairs of different points: weight times distance to the power, and weights; the smallest distance.
    func moments(from places: Tensor, power: Double) -> (sum: Tensor, weight: Tensor, nearest: Tensor) {
        let rows = places.shape[1]
        let squares = squares(from: places)
        let distances = power == 2 ? squares : squares.sqrt()
        guard isGenerated else {
            return ((distances * weights.unsqueeze(1)).sum(), weights.sum() * Double(rows), squares.amin().sqrt())
        }
        let others = selfMask(rows).logicalNot.to(distances.dtype) * weights.unsqueeze(1)
        return (
            (distances * others).sum(), others.sum(), squares.maskedFill(selfMask(rows), .infinity).amin().sqrt()
        )
    }

    /// Where a generated point meets itself, [rows, N].
    private func selfMask(_ rows: Int) -> Tensor {
        Tensor.eye(rows, points.shape[1], dtype: points.dtype, device: points.device) .> 0
    }
}

extension Tensor {
    fileprivate var logicalNot: Tensor { self .== 0 }
}
