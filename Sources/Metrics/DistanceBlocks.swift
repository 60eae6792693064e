internal import Torch

/// Squared Euclidean distances between the rows of two matrices, some rows at a time, so that memory stays bounded.
///
/// In float64 around the common mean, |x|² + |y|² - 2 x·y loses nothing that the metrics could show.
struct DistanceBlocks {
    private let rows: Tensor
    private let columns: Tensor
    private let rowSquares: Tensor
    private let columnSquares: Tensor
    /// What a row's distance to itself is replaced by, if both sets are one.
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
    ///   - toItself: What stands for a row's distance to itself: exactly 0, or infinity where it must not count.
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
        let count = rows.shape[0]
        let step = max(1, Self.budget / max(1, columns.shape[0]))
        for start in stride(from: 0, to: count, by: step) {
            let range = start..<min(start + step, count)
            try body(range, squares(range))
        }
    }

    private func squares(_ range: Range<Int>) -> Tensor {
        let sums = rowSquares[range].unsqueeze(1) + columnSquares
        let squares = sums.addmm(rows[range], columns.mT, alpha: -2)
        squares.clampInPlace(0...Double.infinity)
        // A view of the block, starting where the row meets its own column.
        if let toItself { squares[0..., range].diagonal().fillInPlace(toItself) }
        return squares
    }
}
