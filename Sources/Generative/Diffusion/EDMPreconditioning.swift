internal import Foundation
public import Torch

/// A network in EDM's harness: a ``Denoiser`` whose network sees and returns numbers of unit variance at every noise level.
///
///     D(x; σ) = c_skip x + c_out F(c_in x; c_noise)
///     c_skip = d² / (σ² + d²),  c_out = σ d / sqrt(σ² + d²),  c_in = 1 / sqrt(σ² + d²),  c_noise = log(σ) / 4
///
/// Karras et al., arXiv 2206.00364, table 1, with the standard deviation d of the data.
public struct EDMPreconditioning<Network: PredictionModel>: Denoiser {
    /// Condition of the network.
    public typealias Condition = Network.Condition

    /// F: told c_noise as its time.
    public let network: Network
    /// d, the standard deviation of the data.
    public let dataDeviation: Double

    /// A denoiser.
    ///
    /// - Parameters:
    ///   - network: F, which takes log(σ) / 4 as its time.
    ///   - dataDeviation: d > 0, 0.5 by default (images in [-1, 1]).
    public init(of network: Network, dataDeviation: Double = 0.5) {
        demand(dataDeviation > 0, "the deviation of data is positive, unlike \(dataDeviation)")
        self.network = network
        self.dataDeviation = dataDeviation
    }

    /// Estimates of the data, shaped like `x` [B, ...], at noise levels [B] above 0.
    public func denoise(_ x: Tensor, sigma: Tensor, given condition: Condition) -> Tensor {
        let at = Factors(sigma, dataDeviation)
        let raw = network.predict(
            at.input.factor(of: x) * x, time: sigma.log() * 0.25, given: condition)
        return at.skip.factor(of: x) * x + at.output.factor(of: x) * raw.to(x.dtype)
    }

    /// What the network ought to return, (y - c_skip x) / c_out, of unit variance; the loss in it is that of D with the weight
    /// 1 / c_out².
    ///
    /// - Parameters:
    ///   - data: y [B, ...].
    ///   - x: y + σ e.
    ///   - sigma: Noise levels [B].
    public func target(data: Tensor, x: Tensor, sigma: Tensor) -> Tensor {
        let at = Factors(sigma, dataDeviation)
        return (data - at.skip.factor(of: x) * x) / at.output.factor(of: x)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Network.select(indices, from: condition)
    }
}

extension EDMPreconditioning: Sendable where Network: Sendable {}

private struct Factors {
    let skip: Tensor
    let output: Tensor
    let input: Tensor

    init(_ sigma: Tensor, _ deviation: Double) {
        let variance = sigma.square() + deviation * deviation
        input = variance.sqrt().reciprocal()
        skip = variance.reciprocal() * (deviation * deviation)
        output = sigma * input * deviation
    }
}
