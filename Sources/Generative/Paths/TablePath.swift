internal import Foundation
public import Torch

/// A ``NoiseTable`` as a path: t = 1 - i / (T - 1) stands for the index i, and α = sqrt(ᾱ) is linear between indices.
///
/// σ² = 1 - α². Index 0, t = 1, keeps the table's least noise, so that the path ends next to the data and not at them; its rates
/// are finite throughout, also where ᾱ is 0 at the last index. Differential equations follow a model of a table along it.
public struct TablePath: AffinePath, Hashable {
    /// The table.
    public let table: NoiseTable
    private let alphas: [Double]

    /// The path along a table.
    public init(_ table: NoiseTable) {
        self.table = table
        alphas = table.alphaBars.map { $0.squareRoot() }
    }

    /// The time of an index in 0...(T - 1), which may lie between two.
    public func time(of index: Double) -> Double { 1 - index / Double(table.count - 1) }

    /// The index of a time.
    public func index(of time: Double) -> Double { (1 - time) * Double(table.count - 1) }

    /// α, σ and their rates, computed in double precision.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let last = Double(table.count - 1)
        let alphas = Tensor(alphas, device: time.device)
        let index = (1 - time.to(.float64)) * last
        let below = index.floor().clamp(0...(last - 1))
        let place = below.to(.int64)
        let lower = alphas.indexSelect(0, place)
        let difference = alphas.indexSelect(0, place + 1) - lower
        let alpha = lower + difference * (index - below)
        let alphaRate = difference * -last
        let sigma = (1 - alpha.square()).sqrt()
        let half = -(alpha * alphaRate)
        func rounded(_ number: Tensor) -> Tensor { number.to(time.dtype) }
        return PathCoefficients(
            alpha: rounded(alpha), sigma: rounded(sigma), alphaRate: rounded(alphaRate),
            sigmaRate: rounded(half / sigma), halfVarianceRate: rounded(half))
    }
}
