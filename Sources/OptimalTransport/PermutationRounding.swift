internal import Foundation
public import Torch

/// Random permutations whose mean is a plan between equal masses: E[1 if row i goes to column j] = N P_ij.
///
/// Pairs drawn from a plan one by one repeat some rows and leave out others, which changes the marginals of a batch. A
/// permutation uses each once, and by Birkhoff's theorem every plan is a mean of permutations. One is found by dependent
/// rounding (Gandhi, Khuller, Parthasarathy and Srinivasan, J. ACM 53, 2006): along a cycle of pairs that are neither sure
/// nor excluded, probability moves from every second pair to its neighbours, one way or the other with the odds that keep
/// every mean, until one of them is decided. Some milliseconds for 256 rows.
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
///
/// Vertices are the rows, 0 to N - 1, and the columns, N to 2N - 1. Lists of open neighbours and the walk lie in flat arrays:
/// a plan of 256 rows has tens of thousands of pairs.
private struct DependentRounding {
    private let count: Int
    private let plan: [Double]
    private var share: [Double]
    /// Neighbours of each vertex, N places each, of which the first `degree` may be open; decided ones are dropped when met.
    private var neighbours: [Int]
    private var degree: [Int]
    /// The walk, and the place of each vertex on it, -1 for none.
    private var path: [Int] = []
    private var place: [Int]
    private var generator: SplitMix

    /// Nearer to 0 or 1 than this, a pair is decided.
    private static let certainty = 1e-9

    init(_ shares: [Double], _ count: Int, seed: Seed) {
        self.count = count
        (plan, share) = (shares, shares)
        neighbours = [Int](repeating: 0, count: 2 * count * count)
        degree = [Int](repeating: 0, count: 2 * count)
        place = [Int](repeating: -1, count: 2 * count)
        generator = SplitMix(state: seed.value)
        thinOut()
        for row in 0..<count {
            for column in 0..<count where isOpen(row * count + column) {
                append(count + column, to: row)
                append(row, to: count + column)
            }
        }
    }

    /// Rounds cycles of two rows and two columns: that decides most pairs at a small cost each, and leaves few for walks.
    ///
    /// Each row meets those whose number differs from its own in one bit or, as far as there are any, in a few of the lowest.
    private mutating func thinOut() {
        let powers = (0..<Int.bitWidth).map { 1 << $0 }.prefix { $0 < count }
        for mask in powers + (3..<16).filter({ $0 & ($0 - 1) != 0 }) {
            for row in 0..<count where row ^ mask > row && row ^ mask < count {
                merge(row * count, (row ^ mask) * count)
            }
        }
    }

    /// Rounds until two rows, which begin at these places, have at most one open column in common.
    private mutating func merge(_ first: Int, _ second: Int) {
        var pending = -1
        for column in 0..<count where isOpen(first + column) && isOpen(second + column) {
            guard pending >= 0 else {
                pending = column
                continue
            }
            round(first + pending, second + pending, second + column, first + column)
            if isOpen(first + pending) && isOpen(second + pending) { continue }
            pending = isOpen(first + column) && isOpen(second + column) ? column : -1
        }
    }

    /// Moves probability along a cycle of four pairs.
    private mutating func round(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        let up = min(1 - share[a], share[b], min(1 - share[c], share[d]))
        let down = min(share[a], 1 - share[b], min(share[c], 1 - share[d]))
        let change = generator.uniform() * (up + down) < down ? up : -down
        share[a] += change
        share[b] -= change
        share[c] += change
        share[d] -= change
    }

    private mutating func append(_ neighbour: Int, to vertex: Int) {
        neighbours[vertex * count + degree[vertex]] = neighbour
        degree[vertex] += 1
    }

    private func isOpen(_ edge: Int) -> Bool { share[edge] > Self.certainty && share[edge] < 1 - Self.certainty }

    /// The pair of two vertices, one of them a row and the other a column.
    private func edge(_ first: Int, _ second: Int) -> Int {
        first < count ? first * count + second - count : second * count + first - count
    }

    /// The column of each row once everything is decided.
    mutating func columns() -> [Int] {
        for row in 0..<count { decideAll(from: row) }
        return repaired()
    }

    /// Walks along open pairs from a row, rounding each cycle that closes, until none is left there.
    private mutating func decideAll(from row: Int) {
        enter(row)
        while let here = path.last {
            let former = path.count > 1 ? path[path.count - 2] : -1
            guard let next = openNeighbour(of: here, but: former) else {
                leave(to: path.count - 1)
                // A pair that is left alone at one end is due to rounding of sums.
                if former >= 0 { share[edge(here, former)].round() }
                continue
            }
            guard place[next] >= 0 else {
                enter(next)
                continue
            }
            round(from: place[next])
            leave(to: place[next] + 1)
        }
    }

    private mutating func enter(_ vertex: Int) {
        place[vertex] = path.count
        path.append(vertex)
    }

    /// Shortens the walk.
    private mutating func leave(to length: Int) {
        while path.count > length { place[path.removeLast()] = -1 }
    }

    /// The pair after a place of the walk; the last one leads back to `first`.
    private func step(_ index: Int, closingAt first: Int) -> Int {
        edge(path[index], index + 1 < path.count ? path[index + 1] : path[first])
    }

    /// Moves probability along the cycle from a place of the walk on.
    private mutating func round(from first: Int) {
        var (up, down) = (1.0, 1.0)
        for index in first..<path.count {
            let share = share[step(index, closingAt: first)]
            let isEven = (index - first) % 2 == 0
            up = min(up, isEven ? 1 - share : share)
            down = min(down, isEven ? share : 1 - share)
        }
        // Up with probability down / (up + down), so that the mean stays.
        let change = generator.uniform() * (up + down) < down ? up : -down
        for index in first..<path.count {
            share[step(index, closingAt: first)] += (index - first) % 2 == 0 ? change : -change
        }
    }

    /// An open neighbour other than the former one; decided ones are dropped.
    private mutating func openNeighbour(of vertex: Int, but former: Int) -> Int? {
        let base = vertex * count
        var index = degree[vertex] - 1
        while index >= 0 {
            let neighbour = neighbours[base + index]
            if !isOpen(edge(vertex, neighbour)) {
                degree[vertex] -= 1
                neighbours[base + index] = neighbours[base + degree[vertex]]
            } else if neighbour != former {
                return neighbour
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
