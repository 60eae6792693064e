internal import Foundation
public import Torch

/// Random permutations whose mean is a plan between equal masses: E[1 if row i goes to column j] = N P_ij.
///
/// Pairs drawn from a plan one by one repeat some rows and leave out others, which changes the marginals of a batch. A
/// permutation uses each once, and by Birkhoff's theorem every plan is a mean of permutations. One is found by dependent
/// rounding (Gandhi, Khuller, Parthasarathy and Srinivasan, J. ACM 53, 2006): along a cycle of pairs that are neither sure
/// nor excluded, probability moves from every second pair to its neighbours, one way or the other with the odds that keep
/// every mean, until one of them is decided. O(N²) for plans like those of entropic transport.
public enum PermutationRounding {
    /// A permutation.
    ///
    /// - Parameters:
    ///   - plan: P [N, N] with marginals 1 / N; where these are off by rounding, or by an unconverged iteration, means are too.
    ///   - source: Randomness.
    /// - Returns: The column of each row, a permutation of 0 to N - 1 whatever the plan.
    public static func permutation(of plan: Tensor, using source: RandomSource) -> [Int] {
        demand(plan.rank == 2 && plan.shape[0] == plan.shape[1], "a plan of shape \(plan.shape) is not square")
        let count = plan.shape[0]
        let shares = (plan.detach().to(.cpu, .float64) * Double(count)).scalars(as: Double.self)
        // libtorch's generator is slow number by number; this one is as long as it is needed.
        let seed = Tensor.randint(0..<Int(Int32.max), [2], using: source).scalars(as: Int.self)
        var rounding = DependentRounding(shares, count, seed: Seed(UInt64(seed[0]) << 31 | UInt64(seed[1])))
        return rounding.columns()
    }
}

/// Pairs with a probability strictly between 0 and 1, rounded cycle by cycle.
private struct DependentRounding {
    private let count: Int
    private let plan: [Double]
    private var share: [Double]
    /// Undecided columns of each row, and rows of each column; decided ones are dropped when they are met.
    private var columnsOfRow: [[Int]]
    private var rowsOfColumn: [[Int]]
    private var generator: SplitMix

    /// Nearer to 0 or 1 than this, a pair is decided.
    private static let certainty = 1e-9

    init(_ shares: [Double], _ count: Int, seed: Seed) {
        self.count = count
        (plan, share) = (shares, shares)
        columnsOfRow = [[Int]](repeating: [], count: count)
        rowsOfColumn = columnsOfRow
        generator = SplitMix(state: seed.value)
        for row in 0..<count {
            for column in 0..<count where Self.isOpen(shares[row * count + column]) {
                columnsOfRow[row].append(column)
                rowsOfColumn[column].append(row)
            }
        }
    }

    private static func isOpen(_ share: Double) -> Bool { share > certainty && share < 1 - certainty }

    /// The column of each row once everything is decided.
    mutating func columns() -> [Int] {
        for row in 0..<count { while walk(from: row) {} }
        return repaired()
    }

    /// Rounds the first cycle of a walk along undecided pairs; false if none leads away from `start`.
    private mutating func walk(from start: Int) -> Bool {
        // Vertices in turn: row, column, row, ...
        var path = [start]
        var place: [Int: Int] = [start: 0]
        while true {
            let here = path[path.count - 1]
            let isRow = path.count % 2 == 1
            let former = path.count > 1 ? path[path.count - 2] : -1
            guard let next = isRow ? openColumn(of: here, but: former) : openRow(of: here, but: former) else {
                // A pair that is left alone at one end is due to rounding of sums.
                guard path.count > 1 else { return false }
                decide(isRow ? (here, former) : (former, here))
                return true
            }
            let key = isRow ? next + count : next
            if let first = place[key] {
                round(Array(path[first...]) + [next], startsAtRow: first % 2 == 0)
                return true
            }
            place[key] = path.count
            path.append(next)
        }
    }

    /// Moves probability along a closed walk.
    private mutating func round(_ cycle: [Int], startsAtRow: Bool) {
        let edges = (0..<(cycle.count - 1)).map { step in
            (step % 2 == 0) == startsAtRow
                ? cycle[step] * count + cycle[step + 1] : cycle[step + 1] * count + cycle[step]
        }
        var (up, down) = (1.0, 1.0)
        for (step, edge) in edges.enumerated() {
            let (room, rest) = (1 - share[edge], share[edge])
            up = min(up, step % 2 == 0 ? room : rest)
            down = min(down, step % 2 == 0 ? rest : room)
        }
        // Up with probability down / (up + down), so that the mean stays.
        let change = generator.uniform() * (up + down) < down ? up : -down
        for (step, edge) in edges.enumerated() { share[edge] += step % 2 == 0 ? change : -change }
    }

    private mutating func decide(_ pair: (row: Int, column: Int)) {
        let edge = pair.row * count + pair.column
        share[edge] = share[edge] < 0.5 ? 0 : 1
    }

    private mutating func openColumn(of row: Int, but former: Int) -> Int? {
        Self.next(in: &columnsOfRow[row], but: former) { Self.isOpen(share[row * count + $0]) }
    }

    private mutating func openRow(of column: Int, but former: Int) -> Int? {
        Self.next(in: &rowsOfColumn[column], but: former) { Self.isOpen(share[$0 * count + column]) }
    }

    /// An undecided neighbour other than the former one; decided ones at the end of the list are dropped.
    private static func next(in list: inout [Int], but former: Int, _ isOpen: (Int) -> Bool) -> Int? {
        var index = list.count - 1
        while index >= 0 {
            if !isOpen(list[index]) {
                list.swapAt(index, list.count - 1)
                list.removeLast()
            } else if list[index] != former {
                return list[index]
            }
            index -= 1
        }
        return nil
    }

    /// The decided columns; rows and columns that are left over, where marginals were off, are assigned where the plan is large.
    private func repaired() -> [Int] {
        var columns = [Int](repeating: -1, count: count)
        var isTaken = [Bool](repeating: false, count: count)
        for row in 0..<count {
            for column in 0..<count where share[row * count + column] > 0.5 && !isTaken[column] && columns[row] < 0 {
                columns[row] = column
                isTaken[column] = true
            }
        }
        let (rows, free) = (columns.indices.filter { columns[$0] < 0 }, columns.indices.filter { !isTaken[$0] })
        guard !rows.isEmpty else { return columns }
        let costs = rows.flatMap { row in free.map { -log(max(plan[row * count + $0], 1e-300)) } }
        do {
            let assignment = try Assignment(costs: Tensor(costs, shape: [rows.count, free.count]))
            for (row, place) in zip(rows, assignment.columns) { columns[row] = free[place] }
        } catch {
            fatalError("OptimalTransport: \(error)")
        }
        return columns
    }
}

/// Steele, Lea and Flood's SplitMix64: numbers for one permutation.
private struct SplitMix {
    var state: UInt64

    /// A number in [0, 1).
    mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }
}
