internal import CDistances
internal import Torch

/// Squared Euclidean distances between the rows of two matrices, some rows at a time, so that memory stays bounded.
///
/// They are sums of squared differences in float64, never |x|² + |y|² - 2 x·y: that loses everything that is small beside the
/// offset, so that one row of 10¹² would blur the distances of all others. A pair has the same bits in either order
/// and wherever it stands, so that a distance equals a radius that comes from the same pair; equal rows are at exactly 0.
struct DistanceBlocks {
    // Padded with zeros to a width that the kernel takes.
    private let rows: Tensor
    private let columns: Tensor
    /// True if both sets are one.
    private let isOneSet: Bool
    /// True if both sets are one and the distance of a row to itself must not count: it is infinite.
    private let excludesItself: Bool

    /// Is told of the pairs that are done.
    var meter: WorkMeter?

    /// Elements of one block: 64 MiB.
    private static let budget = 1 << 23
    /// Elements of one block of few dimensions that is only summed: 2 MiB, which stay in the cache meanwhile.
    private static let cached = 1 << 18

    /// Distances from each of `rows` [N, D] to each of `columns` [M, D].
    init(_ rows: Tensor, _ columns: Tensor) throws {
        try Self.requireMemory(rows, columns)
        self.init(Self.padded(rows), Self.padded(columns), isOneSet: false, excludesItself: false)
    }

    /// Distances within one set.
    ///
    /// - Parameters:
    ///   - set: [N, D].
    ///   - excludesItself: True makes a row's distance to itself infinite; if not, it is 0.
    init(within set: Tensor, excludesItself: Bool = false) throws {
        try Self.requireMemory(set, set)
        let padded = Self.padded(set)
        self.init(padded, padded, isOneSet: true, excludesItself: excludesItself)
    }

    private init(_ rows: Tensor, _ columns: Tensor, isOneSet: Bool, excludesItself: Bool) {
        self.rows = rows
        self.columns = columns
        self.isOneSet = isOneSet
        self.excludesItself = excludesItself
    }

    private static func requireMemory(_ rows: Tensor, _ columns: Tensor) throws {
        try Memory.require(
            8, rows.shape[0] + columns.shape[0], columns.shape[1],
            for: "Distances of \(rows.shape[0]) to \(columns.shape[0]) rows",
            remedy: "Use fewer samples.")
    }

    private static func padded(_ set: Tensor) -> Tensor {
        let alignment = Int(CDISTANCES_ALIGNMENT)
        let missing = (alignment - set.shape[1] % alignment) % alignment
        let values = set.detach().to(.cpu, .float64)
        return (missing == 0 ? values : values.pad([0, missing])).contiguous()
    }

    /// Calls `body` with ranges of rows that follow each other and their squared distances [n, M] on the CPU.
    func forEach(_ body: (_ range: Range<Int>, _ squares: Tensor) throws -> Void) rethrows {
        for range in ranges(Self.budget) {
            let squares = squares(range, from: 0)
            try body(range, squares)
            meter?.add(squares.count)
        }
    }

    /// The sum over all pairs of a function of their squared distances; of one set, each pair counts in both orders.
    ///
    /// Within one set each distance is computed once.
    ///
    /// - Parameter function: Gives the sum of the function over a block, which it may overwrite.
    func sum(_ function: (_ squares: Tensor) -> Double) -> Double {
        var total = 0.0
        // Distances of many dimensions take longer than any function of them, and large blocks read the columns less often.
        for range in ranges(columns.shape[1] <= 32 ? Self.cached : Self.budget) {
            let squares = squares(range, from: isOneSet ? range.lowerBound : 0)
            if isOneSet {
                // The pairs among these rows are there in both orders, those with later rows in one.
                let later = squares[0..., range.count...].contiguous()
                total += function(squares[0..., ..<range.count].contiguous())
                if later.count > 0 { total += 2 * function(later) }
            } else {
                total += function(squares)
            }
            meter?.add(squares.count)
        }
        return total
    }

    /// The `k` smallest squared distances of each row of one set [N, k], ascending.
    ///
    /// Each distance serves both of its rows, so this takes half of the work that ``forEach(_:)`` takes.
    func smallest(_ k: Int) -> Tensor {
        let smallest = Tensor.full([rows.shape[0], k], .infinity, dtype: .float64)
        func merge(_ found: Tensor, into range: Range<Int>) {
            let all = Tensor.cat([smallest[range], found], 1)
            smallest[range].copy(from: all.topk(k, 1, largest: false).values)
        }
        for range in ranges(Self.budget) {
            let squares = squares(range, from: range.lowerBound)
            defer { meter?.add(squares.count) }
            merge(squares.topk(min(k, squares.shape[1]), 1, largest: false).values, into: range)
            let later = squares[0..., range.count...].mT.contiguous()
            guard later.shape[0] > 0 else { continue }
            let nearest = later.topk(min(k, range.count), 1, largest: false).values
            merge(nearest, into: range.upperBound..<rows.shape[0])
        }
        return smallest
    }

    private func ranges(_ budget: Int) -> [Range<Int>] {
        let count = rows.shape[0]
        let step = max(1, budget / max(1, columns.shape[0]))
        return stride(from: 0, to: count, by: step).map { $0..<min($0 + step, count) }
    }

    /// Squared distances of a range of rows to all columns from one on, which must not come after the range.
    private func squares(_ range: Range<Int>, from start: Int) -> Tensor {
        let squares = Tensor.empty([range.count, columns.shape[0] - start], dtype: .float64)
        rows.withDoubles(from: range.lowerBound) { a in
            columns.withDoubles(from: start) { b in
                squares.withUnsafeMutableBytes { bytes in
                    guard let out = bytes.bindMemory(to: Double.self).baseAddress else { return }
                    _ = cdistances_squares(
                        cdistances_rows(values: a, count: Int64(range.count)),
                        cdistances_rows(values: b, count: Int64(columns.shape[0] - start)), Int64(columns.shape[1]),
                        out, Machine.pool, Int64(Machine.threads), nil)
                }
            }
        }
        // A view of the block, starting where the row meets its own column.
        if excludesItself {
            let own = (range.lowerBound - start)..<(range.upperBound - start)
            squares[0..., own].diagonal().fillInPlace(.infinity)
        }
        return squares
    }
}

extension Tensor {
    /// Gives `body` the numbers of a contiguous float64 matrix on the CPU from a row on.
    fileprivate func withDoubles(from row: Int, _ body: (UnsafePointer<Double>) -> Void) {
        withUnsafeBytes { bytes in
            guard let base = bytes.bindMemory(to: Double.self).baseAddress else { return }
            body(base + row * shape[1])
        }
    }
}
