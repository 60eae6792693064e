internal import Foundation
public import Torch

/// A radial kernel k(r) of the distance r in units of its width.
///
/// `logSlope` is the logarithm of -k'(r) / r, the weight with which a kernel's gradient points at a neighbour:
/// ∇ₓ k(|x - y| / τ) = (y - x) / τ² · (-k'(r) / r).
public enum DriftKernel: String, Sendable, Hashable, CaseIterable {
    /// exp(-r): the paper's (arXiv 2602.04770, equation 12), and Matérn's with ν = 1/2.
    case laplace
    /// exp(-r² / 2): with it mean shift and score difference are the same field.
    case gaussian
    /// (1 + √3 r) exp(-√3 r), Matérn's with ν = 3/2: smooth at r = 0, with tails like Laplace's.
    case matern32 = "matern_3_2"
    /// (1 + √5 r + 5 r² / 3) exp(-√5 r), Matérn's with ν = 5/2 (Rasmussen and Williams, 2006, equation 4.17).
    case matern52 = "matern_5_2"

    /// log k of distances in units of the width, shaped like them.
    public func logValue(_ r: Tensor) -> Tensor {
        switch self {
        case .laplace: return -r
        case .gaussian: return r.square() * -0.5
        case .matern32:
            let a = r * 3.0.squareRoot()
            return a.log1p() - a
        case .matern52:
            let a = r * 5.0.squareRoot()
            return (a + a.square() / 3).log1p() - a
        }
    }

    /// log(-k'(r) / r) of distances in units of the width, shaped like them; infinite at 0 for Laplace's.
    public func logSlope(_ r: Tensor) -> Tensor {
        switch self {
        case .laplace: return -r - r.log()
        case .gaussian: return r.square() * -0.5
        case .matern32: return r * -3.0.squareRoot() + log(3)
        case .matern52:
            let a = r * 5.0.squareRoot()
            return a.log1p() - a + log(5.0 / 3)
        }
    }
}
