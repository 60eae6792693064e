public import Torch

/// The cheapest way to give each row a column of its own: exact optimal transport between two sets of N equal masses.
///
/// Shortest augmenting paths with dual potentials (Jonker and Volgenant, 1987), O(N³).
public struct Assignment: Sendable {
    /// The column of each row.
    public let columns: [Int]
    /// Sum of the costs.
    public let cost: Double
    /// Potentials of the rows and of the columns that prove it: u_i + v_j <= C_ij, with equality for each pair.
    public let potentials: (rows: [Double], columns: [Double])

    /// Solves the problem.
    ///
    /// - Parameter costs: [N, N], finite.
    /// - Throws: ``TransportError`` if they are no square matrix, or not finite.
    public init(costs: Tensor) throws {
        guard costs.rank == 2, costs.shape[1] == costs.shape[0] else {
            throw TransportError(.mismatch, "Costs of an assignment are a square matrix, not \(costs.shape).")
        }
        try TransportError.requireFinite(costs)
        let count = costs.shape[0]
        let matrix = costs.to(.cpu, .float64).contiguous()
        (columns, potentials) = matrix.withUnsafeBytes { bytes in
            var search = AssignmentSearch(costs: bytes.bindMemory(to: Double.self), count: count)
            for row in 0..<count { search.assign(row) }
            return (search.columns, (search.rowPotential, search.columnPotential))
        }
        let chosen = matrix.gather(1, Tensor(columns).reshape(-1, 1))
        cost = count == 0 ? 0 : chosen.sum().item()
    }
}

/// Assigns one row after the other, each along a shortest path in reduced costs.
private struct AssignmentSearch {
    let costs: UnsafeBufferPointer<Double>
    let count: Int
    private(set) var rowPotential: [Double]
    private(set) var columnPotential: [Double]
    private var rowOfColumn: [Int]
    private(set) var columns: [Int]
    // Scratch of one search.
    private var shortest: [Double]
    private var previous: [Int]
    private var remaining: [Int]

    init(costs: UnsafeBufferPointer<Double>, count: Int) {
        self.costs = costs
        self.count = count
        rowPotential = [Double](repeating: 0, count: count)
        columnPotential = rowPotential
        rowOfColumn = [Int](repeating: -1, count: count)
        columns = rowOfColumn
        shortest = rowPotential
        previous = rowOfColumn
        remaining = []
    }

    /// Gives `row` a column, moving rows that have one along the path.
    mutating func assign(_ row: Int) {
        for column in 0..<count { shortest[column] = .infinity }
        remaining = Array(0..<count)
        var visited: [Int] = []
        var (current, length) = (row, 0.0)
        var sink = -1
        while sink < 0 {
            let place = relax(from: current, length)
            let column = remaining.remove(exchangingLast: place)
            length = shortest[column]
            visited.append(column)
            current = rowOfColumn[column]
            if current < 0 { sink = column }
        }
        update(row, visited, length)
        augment(to: sink, from: row)
    }

    /// Shortens the paths to the remaining columns through `row`; returns the place of the nearest one among them.
    private mutating func relax(from row: Int, _ length: Double) -> Int {
        let offset = row * count
        let base = length - rowPotential[row]
        var (best, place) = (Double.infinity, 0)
        for (index, column) in remaining.enumerated() {
            let path = base + costs[offset + column] - columnPotential[column]
            if path < shortest[column] {
                shortest[column] = path
                previous[column] = row
            }
            if shortest[column] < best { (best, place) = (shortest[column], index) }
        }
        return place
    }

    /// Keeps reduced costs non-negative, and zero along the path.
    private mutating func update(_ row: Int, _ visited: [Int], _ length: Double) {
        rowPotential[row] += length
        for column in visited {
            let slack = length - shortest[column]
            if rowOfColumn[column] >= 0 { rowPotential[rowOfColumn[column]] += slack }
            columnPotential[column] -= slack
        }
    }

    private mutating func augment(to sink: Int, from start: Int) {
        var (column, row) = (sink, -1)
        while row != start {
            row = previous[column]
            rowOfColumn[column] = row
            swap(&columns[row], &column)
        }
    }
}

extension Array {
    /// Removes an element in constant time; the last one takes its place.
    fileprivate mutating func remove(exchangingLast index: Int) -> Element {
        swapAt(index, count - 1)
        return removeLast()
    }
}
