internal import Torch

/// The targets of one call side by side, relative to a common offset of each group.
struct DriftTargets {
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

    /// Distances [B, rows, M] of generated points, all if none are named, from all targets.
    func distances(floor: Double, rows: Range<Int>? = nil) -> Tensor {
        let points = part(rows)
        let squares = points.square().sum(2, keepDim: true) + all.square().sum(2).unsqueeze(1)
        return squares.baddbmm(points, all.mT, alpha: -2).clamp(floor...).sqrt()
    }

    /// `distance` between each generated point and itself, [rows, M].
    func selfMask(_ distance: Double, rows: Range<Int>? = nil) -> Tensor {
        let (first, last) = (rows?.lowerBound ?? 0, rows?.upperBound ?? generated.shape[1])
        return Tensor.eye(last, all.shape[1], dtype: all.dtype, device: all.device).slice(0, first) * distance
    }

    /// Columns of targets that repel, and of those that attract.
    func split(_ affinity: Tensor) -> (repelling: Tensor, attracting: Tensor) {
        let parts = affinity.split([repellingCount, affinity.shape[2] - repellingCount], 2)
        return (parts[0], parts[1])
    }

    /// sum_j c_ij (y_j - x_i) for rows of coefficients [B, rows, M].
    func combine(_ coefficients: Tensor, rows: Range<Int>? = nil) -> Tensor {
        coefficients.bmm(all) - coefficients.sum(2, keepDim: true) * part(rows)
    }

    private func part(_ rows: Range<Int>?) -> Tensor {
        rows.map { generated.slice(1, $0.lowerBound, $0.upperBound) } ?? generated
    }
}
