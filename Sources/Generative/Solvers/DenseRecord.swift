internal import Torch

/// Positions of a batch at wanted progress, filled in as its examples pass.
struct DenseRecord {
    /// Progress at which positions are wanted, rising.
    private let wanted: [Double]
    private let interpolant: Interpolant
    private let count: Int
    /// Positions [T * B, ...]; NaN where no example has been.
    private var values: Tensor

    /// A record of nothing but the start.
    init(of start: Tensor, at wanted: [Double], _ interpolant: Interpolant) {
        self.wanted = wanted
        self.interpolant = interpolant
        count = start.shape[0]
        let shape = [wanted.count * count] + start.shape.dropFirst()
        values = Tensor.full(shape, .nan, dtype: start.dtype, device: start.device)
        for (index, progress) in wanted.enumerated() where progress == 0 {
            values.copyRows(at: places((0..<count).map { index * count + $0 }, beside: start), from: start)
        }
    }

    /// Positions [T, B, ...].
    var positions: Tensor { values.reshape([wanted.count, count] + values.shape.dropFirst()) }

    /// Fills in what lies within a step that some examples of a front made.
    mutating func add(_ step: FrontStep) {
        var (rows, sources, shares, ends) = ([Int](), [Int](), [Double](), [Bool]())
        for place in step.rows.indices where step.accepted[place] {
            let (from, length) = (step.progress[place], step.lengths[place])
            for index in first(after: from)..<wanted.count {
                let progress = wanted[index]
                guard progress <= step.ends[place] else { break }
                rows.append(index * count + step.rows[place])
                sources.append(place)
                shares.append(length > 0 ? (progress - from) / length : 1)
                ends.append(progress == step.ends[place])
            }
        }
        guard !rows.isEmpty else { return }
        let from = places(sources, beside: step.start)
        func picked(_ tensor: Tensor) -> Tensor { tensor.indexSelect(0, from) }
        let start = picked(step.start)
        let numbers = start.numbers([sources.map { step.lengths[$0] }, shares])
        let end = picked(step.end)
        let within = interpolant.position(
            from: start, to: end, step.slopes.map(picked), numbers[0].factor(of: start), numbers[1].factor(of: start))
        // The end of a step is that of the step, to the last bit.
        let isEnd = Tensor(ends, device: start.device).alongBatch(of: start)
        values.copyRows(at: places(rows, beside: start), from: end.where(isEnd, else: within))
    }

    /// The index of the first wanted progress above another, by halving.
    private func first(after progress: Double) -> Int {
        var (low, high) = (0, wanted.count)
        while low < high {
            let middle = (low + high) / 2
            if wanted[middle] <= progress { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func places(_ indices: [Int], beside tensor: Tensor) -> Tensor { Tensor(indices, device: tensor.device) }
}

/// A step that the examples of a front tried.
struct FrontStep {
    /// Rows of the examples in the whole batch.
    let rows: [Int]
    /// Progress before the step.
    let progress: [Double]
    /// Progress after it.
    let ends: [Double]
    /// Lengths.
    let lengths: [Double]
    /// True where the step is accepted.
    let accepted: [Bool]
    /// Positions before the step.
    let start: Tensor
    /// Positions after it.
    let end: Tensor
    /// Slopes of the stages.
    let slopes: [Tensor]
}
