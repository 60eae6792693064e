internal import Foundation

/// A discrete schedule of noise: the table of ᾱ that diffusion models are trained with, x_i = sqrt(ᾱ_i) y + sqrt(1 - ᾱ_i) e.
///
/// Index 0 holds the least noise. Released models name their table in their configuration.
public struct NoiseTable: Sendable, Hashable {
    /// ᾱ at each index, falling.
    public let alphaBars: [Double]

    /// A table of ᾱ.
    ///
    /// - Parameter alphaBars: At least two numbers in [0, 1), strictly falling; 0 only at the end.
    public init(alphaBars: [Double]) {
        demand(alphaBars.count >= 2, "a table of noise has at least two entries, not \(alphaBars.count)")
        demand(
            alphaBars.allSatisfy { (0..<1).contains($0) }
                && zip(alphaBars, alphaBars.dropFirst()).allSatisfy { $0 > $1 },
            "ᾱ falls strictly within [0, 1)")
        self.alphaBars = alphaBars
    }

    /// The table of rates β: ᾱ_i is the product of 1 - β_j over j <= i.
    public init(betas: [Double]) {
        var product = 1.0
        self.init(
            alphaBars: betas.map { beta in
                product *= 1 - beta
                return product
            })
    }

    /// Rates that rise linearly (Ho et al., arXiv 2006.11239, section 4).
    ///
    /// - Parameters:
    ///   - count: T, 1000 by default.
    ///   - lowest: β of index 0, 1e-4 by default.
    ///   - highest: β of the last index, 0.02 by default.
    public static func linear(_ count: Int = 1000, from lowest: Double = 1e-4, to highest: Double = 0.02) -> NoiseTable
    {
        NoiseTable(betas: evenly(count, lowest, highest))
    }

    /// Rates whose roots rise linearly: the table of latent diffusion (Rombach et al., arXiv 2112.10752).
    ///
    /// - Parameters:
    ///   - count: T, 1000 by default.
    ///   - lowest: β of index 0, 0.00085 by default.
    ///   - highest: β of the last index, 0.012 by default.
    public static func scaledLinear(
        _ count: Int = 1000, from lowest: Double = 0.00085, to highest: Double = 0.012
    ) -> NoiseTable {
        NoiseTable(betas: evenly(count, lowest.squareRoot(), highest.squareRoot()).map { $0 * $0 })
    }

    /// The cosine schedule: β_i = min(1 - f(i + 1) / f(i), cap), f(i) = cos²((i / T + o) / (1 + o) π / 2).
    ///
    /// Nichol and Dhariwal, arXiv 2102.09672, equation 17.
    ///
    /// - Parameters:
    ///   - count: T, 1000 by default.
    ///   - offset: o, 0.008 by default.
    ///   - cap: Largest rate, 0.999 by default.
    public static func cosine(_ count: Int = 1000, offset: Double = 0.008, cap: Double = 0.999) -> NoiseTable {
        func share(_ index: Int) -> Double {
            let angle = cos((Double(index) / Double(count) + offset) / (1 + offset) * .pi / 2)
            return angle * angle
        }
        return NoiseTable(betas: (0..<count).map { min(1 - share($0 + 1) / share($0), cap) })
    }

    /// This table with ᾱ = 0 at its last index: sqrt(ᾱ) shifted and scaled so that its first entry stays.
    ///
    /// Lin et al., arXiv 2305.08891, algorithm 1. Noise predictions say nothing there: a model must predict v or data.
    public func withZeroTerminalSNR() -> NoiseTable {
        let roots = alphaBars.map { $0.squareRoot() }
        let (first, last) = (roots[0], roots[roots.count - 1])
        return NoiseTable(
            alphaBars: roots.map { root in
                let moved = (root - last) * first / (first - last)
                return moved * moved
            })
    }

    private static func evenly(_ count: Int, _ first: Double, _ last: Double) -> [Double] {
        demand(count >= 2, "a table of noise has at least two entries, not \(count)")
        return (0..<count).map { first + (last - first) * Double($0) / Double(count - 1) }
    }

    /// T, the number of entries.
    public var count: Int { alphaBars.count }

    /// The rates: β_i = 1 - ᾱ_i / ᾱ_(i-1).
    public var betas: [Double] { zip(alphaBars, [1] + alphaBars).map { 1 - $0 / $1 } }

    /// The level of an index.
    public func level(_ index: Int) -> NoiseLevel {
        demand(alphaBars.indices.contains(index), "a table of \(count) has no index \(index)")
        let bar = alphaBars[index]
        return NoiseLevel(alpha: bar.squareRoot(), sigma: (1 - bar).squareRoot(), time: Double(index))
    }

    /// The level between two indices, at which σ / α is interpolated linearly, as k-diffusion and diffusers do.
    public func level(at index: Double) -> NoiseLevel {
        demand(index >= 0 && index <= Double(count - 1), "a table of \(count) has no index \(index)")
        let below = min(Int(index), count - 2)
        let part = index - Double(below)
        if part == 0 { return level(below) }
        if part == 1 { return level(below + 1) }
        let ratio = (1 - part) * level(below).ratio + part * level(below + 1).ratio
        return Self.preserving(ratio: ratio, time: index)
    }

    /// The level of a noise level σ / α, with the index at which log(σ / α), interpolated linearly, has its value.
    func level(ofRatio ratio: Double) -> NoiseLevel {
        let wanted = log(ratio)
        let logs = alphaBars.indices.map { log(level($0).ratio) }
        let below = min(max((logs.firstIndex { $0 > wanted } ?? count) - 1, 0), count - 2)
        let part = min(max((wanted - logs[below]) / (logs[below + 1] - logs[below]), 0), 1)
        return Self.preserving(ratio: ratio, time: Double(below) + part)
    }

    private static func preserving(ratio: Double, time: Double) -> NoiseLevel {
        let alpha = 1 / (1 + ratio * ratio).squareRoot()
        return NoiseLevel(alpha: alpha, sigma: ratio * alpha, time: time)
    }
}
