internal import Foundation

/// Choice of the indices of a ``NoiseTable`` at which a sampler stops.
///
/// Lin et al., arXiv 2305.08891, table 2. The names are those of diffusers.
public enum TableSpacing: String, Sendable, Hashable, CaseIterable {
    /// From index 0 up in equal strides: the last indices, which hold the most noise, are left out.
    case leading
    /// From the last index down in equal strides.
    case trailing
    /// Both ends and equal distances between them.
    case linspace
}

extension NoiseTable {
    /// Steps by a fixed stride of T / N indices, for DDIM and ancestral sampling; the last one leads to the data.
    ///
    /// As in diffusers, a step ends a stride below its start, also where the spacing's next index is another one (`linspace`,
    /// or a number of steps that does not divide T).
    ///
    /// - Parameters:
    ///   - steps: N, from 1 to T.
    ///   - spacing: Choice of the indices.
    public func grid(steps: Int, spacing: TableSpacing = .trailing) -> NoiseGrid {
        let stride = count / steps
        return NoiseGrid(
            steps: indices(steps, spacing, rounded: true).map { index in
                let target = Int(index) - stride
                return NoiseStep(from: level(Int(index)), to: target < 0 ? .data() : level(target))
            })
    }

    /// Steps from each index to the next, then to the data, with levels between indices: for Euler's and Heun's methods.
    ///
    /// - Parameters:
    ///   - steps: N, from 1 to T.
    ///   - spacing: Choice of the indices; those of `linspace` are not rounded.
    public func interpolatedGrid(steps: Int, spacing: TableSpacing = .linspace) -> NoiseGrid {
        NoiseGrid(indices(steps, spacing, rounded: false).map { level(at: $0) } + [.data()])
    }

    /// Steps from each index to the next, then to the data, for multistep rules.
    ///
    /// `leading` and `linspace` are those of N + 1 points without the one of least noise, as diffusers has them for
    /// DPM-Solver and UniPC.
    ///
    /// - Parameters:
    ///   - steps: N, from 1 to T - 1.
    ///   - spacing: Choice of the indices.
    public func multistepGrid(steps: Int, spacing: TableSpacing = .linspace) -> NoiseGrid {
        let chosen =
            spacing == .trailing
            ? indices(steps, spacing, rounded: true) : Array(indices(steps + 1, spacing, rounded: true).dropLast())
        return NoiseGrid(chosen.map { level(Int($0)) } + [.data()])
    }

    /// Levels whose noise falls as in ``NoiseGrid/karras(steps:lowest:highest:rho:)``, then the data.
    ///
    /// - Parameters:
    ///   - steps: N >= 1.
    ///   - spacing: Choice of the indices between the least and most noisy of which the levels lie; the whole table by
    ///     default.
    ///   - rho: ρ, 7 by default.
    public func karrasGrid(steps: Int, between spacing: TableSpacing? = nil, rho: Double = 7) -> NoiseGrid {
        let ends = spacing.map { indices(steps, $0, rounded: false) } ?? [Double(count - 1), 0]
        let (highest, lowest) = (level(at: ends[0]).ratio, level(at: ends[ends.count - 1]).ratio)
        demand(highest.isFinite, "pure noise has no Karras levels: use a table that keeps a share of data")
        let ratios = NoiseGrid.karrasSigmas(steps, lowest, highest, rho)
        return NoiseGrid(ratios.map { level(ofRatio: $0) } + [.data()])
    }

    /// N falling indices.
    private func indices(_ steps: Int, _ spacing: TableSpacing, rounded: Bool) -> [Double] {
        demand(steps >= 1 && steps <= count, "steps of a table of \(count) are 1 to \(count), not \(steps)")
        switch spacing {
        case .leading: return (0..<steps).reversed().map { Double($0 * (count / steps)) }
        case .trailing:
            let stride = Double(count) / Double(steps)
            return (0..<steps).map { (Double(count) - Double($0) * stride).rounded(.toNearestOrEven) - 1 }
        case .linspace:
            // Counted from index 0, so that halves are rounded as NumPy does; a single step begins at the most noise.
            return (0..<steps).reversed().map { step in
                let index = Double(count - 1) * (steps == 1 ? 1 : Double(step) / Double(steps - 1))
                return rounded ? index.rounded(.toNearestOrEven) : index
            }
        }
    }
}
