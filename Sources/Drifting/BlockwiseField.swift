internal import Torch

/// ``ReleasedField`` composed from tensor operations in blocks of groups and rows, so that its memory beyond inputs and
/// results is bounded: for devices and dtypes that the fused operation does not know.
///
/// Scale and strengths are means over the whole call, so there are three passes, and each computes its distances anew.
struct BlockwiseField {
    let configuration: ReleasedField.Configuration
    /// Elements of the largest tensor of a block: about ten of them are alive at a time.
    let elementLimit: Int

    init(_ configuration: ReleasedField.Configuration, elementLimit: Int) {
        self.configuration = configuration
        self.elementLimit = elementLimit
    }

    func drift(of points: DriftPoints) -> Drift {
        withoutAutocast(on: points.generated.device) {
            let groups = blocks(of: points)
            if groups.count == 1 && groups[0].rows.count == 1 { return ReleasedField(configuration).drift(of: points) }
            return Passes(configuration, points, groups).drift()
        }
    }

    /// Whole groups where at least one fits, else the rows of one group after the other.
    private func blocks(of points: DriftPoints) -> [Block] {
        let (groups, generated) = (points.generated.shape[0], points.generated.shape[1])
        let targets = generated + points.positives.shape[1] + (points.negatives?.shape[1] ?? 0)
        let rows = min(max(elementLimit / targets, 1), generated)
        let together = rows < generated ? 1 : max(elementLimit / (generated * targets), 1)
        return stride(from: 0, to: groups, by: together).map { first in
            Block(groups: first..<min(first + together, groups), rows: Self.ranges(0..<generated, by: rows))
        }
    }

    private static func ranges(_ whole: Range<Int>, by length: Int) -> [Range<Int>] {
        stride(from: whole.lowerBound, to: whole.upperBound, by: length).map {
            $0..<min($0 + length, whole.upperBound)
        }
    }
}

/// Groups that are computed together, and the ranges of their generated points.
private struct Block {
    let groups: Range<Int>
    let rows: [Range<Int>]
}

/// What normalises distances: one over the mean, and where it is needed the smallest normalised one.
private struct Measure {
    let inverse: Tensor
    let nearest: Tensor?
}

/// The three passes of one call.
private struct Passes {
    let configuration: ReleasedField.Configuration
    let points: DriftPoints
    let blocks: [Block]

    init(_ configuration: ReleasedField.Configuration, _ points: DriftPoints, _ blocks: [Block]) {
        self.configuration = configuration
        self.points = points
        self.blocks = blocks
    }

    func drift() -> Drift {
        let (scale, nearest) = scale()
        let shape = points.generated.shape
        let unit = (scale / Double(shape[2]).squareRoot()).clamp(configuration.scaleFloor...)
        let inverse = scale.clamp(configuration.scaleFloor...).reciprocal()
        let measure = Measure(inverse: inverse, nearest: nearest.map { $0 * inverse })
        let strengths = strengths(measure, unit)
        let factors = strengths.map { ($0.clamp(configuration.strengthFloor...).sqrt() * unit).reciprocal() }
        let displacement = Tensor.empty(shape, dtype: scale.dtype, device: scale.device)
        forEachBlock { targets, block in
            forEachRows(of: targets, block, measure) { rows, coefficients in
                let combined = zip(coefficients, factors).map { $0 * $1 }
                let sum = combined.dropFirst().reduce(combined[0], +)
                displacement.slice(0, block.groups.lowerBound, block.groups.upperBound)
                    .slice(1, rows.lowerBound, rows.upperBound)
                    .copy(from: targets.combine(sum, rows: rows))
            }
        }
        return Drift(
            displacement: displacement, unit: unit, value: displacement.square().mean([1, 2]), scale: scale,
            strengths: strengths)
    }

    /// Weighted mean distance over the whole call, and where it is needed the smallest between different points.
    private func scale() -> (mean: Tensor, nearest: Tensor?) {
        var sums: [Tensor] = []
        var weights: [Tensor] = []
        var nearest: [Tensor] = []
        forEachBlock { targets, block in
            weights.append(targets.weights.sum())
            for rows in block.rows {
                let distances = targets.distances(floor: configuration.squaredDistanceFloor, rows: rows)
                sums.append((distances * targets.weights.unsqueeze(1)).sum())
                guard configuration.normalisation == .none else { continue }
                nearest.append((distances + targets.selfMask(.greatestFiniteMagnitude, rows: rows)).amin())
            }
        }
        let mean = Tensor.stack(sums).sum() / (Tensor.stack(weights).sum() * Double(points.generated.shape[1]))
        return (mean, nearest.isEmpty ? nil : Tensor.stack(nearest).amin())
    }

    /// Mean square force of each temperature over the whole call.
    private func strengths(_ measure: Measure, _ unit: Tensor) -> [Tensor] {
        var sums = configuration.temperatures.map { _ in unit * 0 }
        forEachBlock { targets, block in
            forEachRows(of: targets, block, measure) { rows, coefficients in
                for (index, coefficients) in coefficients.enumerated() {
                    sums[index] += (targets.combine(coefficients, rows: rows) / unit).square().sum()
                }
            }
        }
        return sums.map { $0 / Double(points.generated.count) }
    }

    private func forEachBlock(_ body: (DriftTargets, Block) -> Void) {
        for block in blocks { body(DriftTargets(points[groups: block.groups]), block) }
    }

    /// Gives `body` the coefficients of each range of rows, one tensor per temperature.
    private func forEachRows(
        of targets: DriftTargets, _ block: Block, _ measure: Measure, _ body: (Range<Int>, [Tensor]) -> Void
    ) {
        let needsColumns = block.rows.count > 1 && configuration.normalisation == .both
        let columns = needsColumns ? columnSums(targets, block, measure.inverse) : nil
        for rows in block.rows {
            let distances = normalised(targets, rows, measure.inverse)
            let coefficients = configuration.temperatures.enumerated().map { index, temperature in
                configuration.coefficients(
                    logits: configuration.logits(distances, temperature), columnSums: columns?[index],
                    largest: measure.nearest.map { configuration.logits($0, temperature) }, targets)
            }
            body(rows, coefficients)
        }
    }

    /// Logarithm of the sum over all rows that normalises each column, [B, 1, M], per temperature.
    private func columnSums(_ targets: DriftTargets, _ block: Block, _ inverse: Tensor) -> [Tensor] {
        var parts = configuration.temperatures.map { _ in [Tensor]() }
        for rows in block.rows {
            let distances = normalised(targets, rows, inverse)
            for (index, temperature) in configuration.temperatures.enumerated() {
                parts[index].append(configuration.logits(distances, temperature).logsumexp(1, keepDim: true))
            }
        }
        return parts.map { Tensor.cat($0, 1).logsumexp(1, keepDim: true) }
    }

    private func normalised(_ targets: DriftTargets, _ rows: Range<Int>, _ inverse: Tensor) -> Tensor {
        targets.distances(floor: configuration.squaredDistanceFloor, rows: rows) * inverse
            + targets.selfMask(configuration.selfDistance, rows: rows)
    }
}

extension DriftPoints {
    /// Some of the groups.
    subscript(groups range: Range<Int>) -> DriftPoints {
        func part(_ tensor: Tensor) -> Tensor { tensor.slice(0, range.lowerBound, range.upperBound) }
        return DriftPoints(
            generated: part(generated), positives: part(positives), negatives: negatives.map(part),
            independent: independent.map(part), generatedWeights: generatedWeights.map(part),
            positiveWeights: positiveWeights.map(part), negativeWeights: negativeWeights.map(part))
    }
}
