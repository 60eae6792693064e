internal import Torch

/// Masses on both sides of a transport, as shares of their common total.
struct Masses {
    /// a / sum(a) [N] and b / sum(b) [M], float64 on the CPU.
    let rows: Tensor
    let columns: Tensor

    /// Relative difference of two totals that counts as rounding.
    private static let tolerance = 1e-6

    /// Masses of the rows and the columns of costs; equal ones where nil.
    ///
    /// - Throws: ``TransportError`` if masses are negative, not finite, all zero, or of different totals.
    init(_ a: Tensor?, _ b: Tensor?, for costs: Tensor) throws {
        let first = try a.map { try Self.checked($0, costs.shape[0], "rows") }
        let second = try b.map { try Self.checked($0, costs.shape[1], "columns") }
        if let first, let second {
            let (left, right) = (first.sum().item(), second.sum().item())
            guard abs(left - right) <= Self.tolerance * max(left, right) else {
                throw TransportError(
                    .invalidMass,
                    """
                    The masses of the rows add up to \(left), those of the columns to \(right): transport moves all of it. \
                    Divide each by its sum if their shape is what matters.
                    """)
            }
        }
        rows = first.map { $0 / $0.sum() } ?? Self.equal(costs.shape[0])
        columns = second.map { $0 / $0.sum() } ?? Self.equal(costs.shape[1])
    }

    private static func equal(_ count: Int) -> Tensor { .full([count], 1 / Double(count), dtype: .float64) }

    private static func checked(_ masses: Tensor, _ count: Int, _ side: String) throws -> Tensor {
        guard masses.shape == [count] else {
            throw TransportError(
                .mismatch, "The masses of the \(side) have the shape \(masses.shape), but there are \(count) \(side).")
        }
        let masses = masses.detach().to(.cpu, .float64)
        guard masses.isfinite().all().intItem() == 1 else {
            throw TransportError(.notFinite, "Some masses of the \(side) are infinite or not numbers.")
        }
        if let place = (masses .< 0).nonzero().flatten().scalars(as: Int.self).first {
            let mass = masses[place].item() as Double
            throw TransportError(
                .invalidMass, "The mass \(place) of the \(side), counted from 0, is \(mass): masses are not negative.")
        }
        guard masses.sum().item() > 0 else {
            throw TransportError(.invalidMass, "All masses of the \(side) are 0: there is nothing to transport.")
        }
        return masses
    }
}
