/// A flow from rows to columns that stays the cheapest of its size while it grows, path by path.
///
/// Reduced costs C - f - g are never negative, and 0 where mass flows: those of the shortest paths are kept so by Dijkstra's
/// distances.
struct TransportFlow {
    private let costs: UnsafeBufferPointer<Double>
    private let rows: Int
    private let columns: Int
    private var supply: [Double]
    private var demand: [Double]
    /// Mass of each pair, row by row.
    private(set) var mass: [Double]
    private(set) var rowPotential: [Double]
    private(set) var columnPotential: [Double]
    // Scratch of one search.
    private var rowDistance: [Double]
    private var columnDistance: [Double]
    private var rowOrigin: [Int]
    private var columnOrigin: [Int]

    /// Mass that is left for rounding: supplies and demands of a sum of 1 may differ by that.
    private static let rounding = 1e-14

    init(costs: UnsafeBufferPointer<Double>, supply: [Double], demand: [Double]) {
        self.costs = costs
        (rows, columns) = (supply.count, demand.count)
        (self.supply, self.demand) = (supply, demand)
        mass = [Double](repeating: 0, count: supply.count * demand.count)
        columnPotential = [Double](repeating: 0, count: demand.count)
        let width = demand.count
        rowPotential = supply.indices.map { row in
            costs[(row * width)..<((row + 1) * width)].min() ?? 0
        }
        rowDistance = rowPotential
        columnDistance = columnPotential
        rowOrigin = [Int](repeating: -1, count: supply.count)
        columnOrigin = [Int](repeating: -1, count: demand.count)
    }

    mutating func solve() {
        // Smaller rests of rounding would be carried along paths of nothing.
        while supply.contains(where: { $0 > Self.rounding / Double(rows) }) {
            guard let target = nearestDemand() else { return }
            send(to: target)
        }
    }

    /// Finds shortest paths from all rows that have mass left, up to the nearest column that lacks some.
    private mutating func nearestDemand() -> Int? {
        for row in 0..<rows {
            rowDistance[row] = supply[row] > Self.rounding / Double(rows) ? 0 : .infinity
            rowOrigin[row] = -1
        }
        for column in 0..<columns { (columnDistance[column], columnOrigin[column]) = (.infinity, -1) }
        var openRows = Array(0..<rows)
        var openColumns = Array(0..<columns)
        while true {
            let row = openRows.indices.min { rowDistance[openRows[$0]] < rowDistance[openRows[$1]] }
            let column = openColumns.indices.min { columnDistance[openColumns[$0]] < columnDistance[openColumns[$1]] }
            let rowLength = row.map { rowDistance[openRows[$0]] } ?? .infinity
            let columnLength = column.map { columnDistance[openColumns[$0]] } ?? .infinity
            if let column, columnLength <= rowLength, columnLength < .infinity {
                let here = openColumns.remove(at: column)
                if demand[here] > 0 {
                    raisePotentials(upTo: columnLength)
                    return here
                }
                goBack(from: here, columnLength)
            } else if let row, rowLength < .infinity {
                goOn(from: openRows.remove(at: row), rowLength)
            } else {
                return nil
            }
        }
    }

    private mutating func goOn(from row: Int, _ length: Double) {
        let base = length - rowPotential[row]
        for column in 0..<columns {
            let path = max(base + costs[row * columns + column] - columnPotential[column], length)
            if path < columnDistance[column] { (columnDistance[column], columnOrigin[column]) = (path, row) }
        }
    }

    /// Mass that flows into a column may be taken back, at a reduced cost of 0.
    private mutating func goBack(from column: Int, _ length: Double) {
        for row in 0..<rows where mass[row * columns + column] > 0 && length < rowDistance[row] {
            (rowDistance[row], rowOrigin[row]) = (length, column)
        }
    }

    private mutating func raisePotentials(upTo length: Double) {
        for row in 0..<rows where rowDistance[row] < length { rowPotential[row] += length - rowDistance[row] }
        for column in 0..<columns where columnDistance[column] < length {
            columnPotential[column] -= length - columnDistance[column]
        }
    }

    /// Sends as much mass along the path to `target` as all of its parts allow.
    private mutating func send(to target: Int) {
        var amount = demand[target]
        var (column, row) = (target, columnOrigin[target])
        while rowOrigin[row] >= 0 {
            column = rowOrigin[row]
            amount = min(amount, mass[row * columns + column])
            row = columnOrigin[column]
        }
        amount = min(amount, supply[row])
        supply[row] -= amount
        demand[target] -= amount
        (column, row) = (target, columnOrigin[target])
        mass[row * columns + column] += amount
        while rowOrigin[row] >= 0 {
            column = rowOrigin[row]
            mass[row * columns + column] -= amount
            row = columnOrigin[column]
            mass[row * columns + column] += amount
        }
    }
}
