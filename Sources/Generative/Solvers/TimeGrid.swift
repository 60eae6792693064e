/// The times at which a solver with fixed steps stops: t in [0, 1], 0 = noise, 1 = data.
public struct TimeGrid: Sendable, Hashable {
    /// Times in order, rising or falling; one more than there are steps.
    public let times: [Double]

    /// A grid of given times.
    ///
    /// - Parameter times: At least two times in [0, 1], strictly rising or strictly falling.
    public init(_ times: [Double]) {
        demand(times.count >= 2, "a time grid has at least two times, not \(times.count)")
        demand(times.allSatisfy((0...1).contains), "times lie in [0, 1], unlike some of \(times)")
        let steps = zip(times, times.dropFirst())
        demand(
            steps.allSatisfy { $0 < $1 } || steps.allSatisfy { $0 > $1 }, "times rise or fall strictly, unlike \(times)"
        )
        self.times = times
    }

    /// Steps of equal length.
    ///
    /// - Parameters:
    ///   - steps: Number of steps, at least 1.
    ///   - range: The time to cross; by default all of it.
    public static func uniform(steps: Int, over range: ClosedRange<Double> = 0...1) -> TimeGrid {
        demand(steps >= 1, "a time grid has at least one step, not \(steps)")
        let length = range.upperBound - range.lowerBound
        let inner = (0..<steps).map { range.lowerBound + length * Double($0) / Double(steps) }
        return TimeGrid(inner + [range.upperBound])
    }

    /// Steps that are shorter near the noise (`shift` > 1) or near the data (`shift` < 1).
    ///
    /// The noise level n = 1 - t of a uniform grid becomes s n / (1 + (s - 1) n): Esser et al., arXiv 2403.03206,
    /// equation 23, who use s = 3 for large images.
    ///
    /// - Parameters:
    ///   - steps: Number of steps, at least 1.
    ///   - shift: s > 0; 1 is uniform.
    public static func shifted(steps: Int, by shift: Double) -> TimeGrid {
        demand(shift > 0, "a shift of times is positive, not \(shift)")
        return TimeGrid(uniform(steps: steps).times.map { $0 / ($0 + shift * (1 - $0)) })
    }

    /// The same times the other way round: from data to noise for a grid from noise to data.
    public func reversed() -> TimeGrid { TimeGrid(times.reversed()) }

    /// Number of steps.
    public var steps: Int { times.count - 1 }
}
