internal import Torch

/// Forces that a field computes block by block, each width's normalised to unit mean square over the whole call and added.
///
/// The frame of ``KernelField`` and ``SinkhornField``: like ``ReleasedField``, but each point is left out of the mean
/// distance to its own cloud, and floors do not depend on the scale of the points. Beyond inputs and results memory grows
/// only with the results and with the largest group.
struct NormalisedForces {
    /// Statistics of the whole call.
    struct Measure {
        /// Mean distance S, or its root mean square.
        let scale: Tensor
        /// Length of one unit, S / sqrt(D).
        let unit: Tensor
        /// Smallest distance between different points, in units of S.
        let nearest: Tensor
    }

    let points: DriftPoints
    /// Power of distances in the scale: 1 for the mean, 2 for the root mean square.
    let power: Double
    let strengthFloor: Double
    /// Elements of the largest tensor of a block.
    var elementLimit = 1 << 21

    /// Distances below this fraction of the scale count as that: a floor for kernels that are infinite at 0.
    static let nearestDistance = 1e-4

    /// The sum of the normalised forces.
    ///
    /// - Parameter forces: Forces [b, G, D] of each width, in the units of the points, with the logarithms of factors by
    ///   which they must be multiplied for their raw strength (nil for none).
    func drift(_ forces: (FieldBlock, Measure) -> [(force: Tensor, logFactor: Tensor?)]) -> Drift {
        let blocks = blocks
        let measure = measure(blocks)
        let all = blocks.map { block in forces(FieldBlock(points[groups: block]), measure) }
        var displacement: Tensor?
        var strengths: [Tensor] = []
        for width in all[0].indices {
            let force = Tensor.cat(all.map { $0[width].force }) / measure.unit
            let strength = force.square().mean()
            let unitForce = force / strength.clamp(strengthFloor...).sqrt()
            displacement = displacement.map { $0 + unitForce } ?? unitForce
            strengths.append(all[0][width].logFactor.map { strength * ($0.to(.float64) * 2).exp() } ?? strength)
        }
        let sum = displacement ?? points.generated.zerosLike()
        return Drift(
            displacement: sum, unit: measure.unit, value: sum.square().mean([1, 2]), scale: measure.scale,
            strengths: strengths)
    }

    private var blocks: [Range<Int>] {
        let (groups, generated) = (points.generated.shape[0], points.generated.shape[1])
        let targets = [points.positives, points.independent ?? points.generated, points.negatives]
            .compactMap { $0?.shape[1] }.reduce(0, +)
        let together = max(elementLimit / (generated * targets), 1)
        return stride(from: 0, to: groups, by: together).map { $0..<min($0 + together, groups) }
    }

    private func measure(_ blocks: [Range<Int>]) -> Measure {
        let moments = blocks.flatMap { range in
            let block = FieldBlock(points[groups: range])
            return block.clouds.map { $0.moments(from: block.generated, power: power) }
        }
        let mean = Tensor.stack(moments.map(\.sum)).sum() / Tensor.stack(moments.map(\.weight)).sum()
        // Points that are all one have no scale; nothing moves them whatever it is.
        let scale = (power == 2 ? mean.sqrt() : mean).clamp(1e-12...)
        let nearest = Tensor.stack(moments.map(\.nearest)).amin() / scale
        return Measure(
            scale: scale, unit: scale / Double(points.generated.shape[2]).squareRoot(),
            nearest: nearest.clamp(Self.nearestDistance...))
    }
}
