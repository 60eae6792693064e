internal import Torch

/// Squared Euclidean distances between the rows of two matrices, some rows at a time, so that memory stays bounded.
///
/// In float64 around the common mean, |x|² + |y|² - 2 x·y loses nothing that the metrics could show.
struct DistanceBlocks {
    private let rows: Tensor
    private let columns: Tensor
    private let rowSquares: Tensor
    private let columnSquares: Tensor
    /// Replacement of a row's distance to itself, if both sets are one.
    private let toItself: Double?

    /// Elements of one block: 64 MiB.
    private static let budget = 1 << 23

    /// Distances from each of `rows` [N, D] to each of `columns` [M, D].
    init(_ rows: Tensor, _ columns: Tensor) {
        let centre = columns.to(.float64).mean(0)
        self.init(centredRows: rows.to(.float64) - centre, centredColumns: columns.to(.float64) - centre, toItself: nil)
    }

    /// Distances within one set.
    ///
    /// - Parameters:
    ///   - set: [N, D].
    ///   - toItself: Value of a row's distance to itself: exactly 0, or infinity where it must not count.
    init(within set: Tensor, toItself: Double = 0) {
        let centred = set.to(.float64) - set.to(.float64).mean(0)
        self.init(centredRows: centred, centredColumns: centred, toItself: toItself)
    }

    private init(centredRows: Tensor, centredColumns: Tensor, toItself: Double?) {
        rows = centredRows
        columns = centredColumns
        rowSquares = centredRows.square().sum(1)
        columnSquares = centredColumns.square().sum(1)
        self.toItself = toItself
    }

    /// Calls `body` with ranges of rows that follow each other and their squared distances [n, M].
    func forEach(_ body: (_ range: Range<Int>, _ squares: Tensor) throws -> Void) rethrows {
        for range in ranges { try body(range, squares(range, from: 0)) }
    }

    /// The `k` smallest squared distances of each row of one set [N, k], ascending.
    ///
    /// Each distance serves both of its rows, so this takes half of the products that ``forEach(_:)`` takes.
    func smallest(_ k: Int) -> Tensor {
        let smallest = Tensor.full([rows.shape[0], k], .infinity, dtype: .float64, device: rows.device)
        func merge(_ found: Tensor, into range: Range<Int>) {
            let all = Tensor.cat([smallest[range], found], 1)
            smallest[range].copy(from: all.topk(k, 1, largest: false).values)
        }
        for range in ranges {
            let squares = squares(range, from: range.lowerBound)
            merge(squares.topk(min(k, squares.shape[1]), 1, largest: false).values, into: range)
            let later = squares[0..., range.count...].mT.contiguous()
            guard later.shape[0] > 0 else { continue }
            let nearest = later.topk(min(k, range.count), 1, largest: false).values
            merge(nearest, into: range.upperBound..<rows.shape[0])
        }
        return smallest
    }

    private var ranges: [Range<Int>] {
        let count = rows.shape[0]
        let step = max(1, Self.budget / max(1, columns.shape[0]))
        return stride(from: 0, to: count, by: step).map { $0..<min($0 + step, count) }
    }

    /// Squared distances of a range of rows to all columns from one on, which must not come after the range.
    private func squares(_ range: Range<Int>, from start: Int) -> Tensor {
        let sums = rowSquares[range].unsqueeze(1) + columnSquares[start...]
        let squares = sums.addmm(rows[range], columns[start...].mT, alpha: -2)
        squares.clampInPlace(0...Double.infinity)
        // A view of the block, starting where the row meets its own column.
        if let toItself {
            let own = (range.lowerBound - start)..<(range.upperBound - start)
            squares[0..., own].diagonal().fillInPlace(toItself)
        }
        return squares
    }
}
