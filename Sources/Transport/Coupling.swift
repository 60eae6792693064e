public import Generative
public import Torch

/// Pairing of noise and data: flow matching carries one marginal to the other under any pairing.
///
/// Tong et al., arXiv 2302.00482. A coupling permutes the noise of a batch, so that each number is used once and the
/// marginals stay what they are.
public protocol Coupling: Sendable {
    /// The order of the noise that pairs it with the data.
    ///
    /// - Parameters:
    ///   - data: Data [B, ...].
    ///   - noise: Noise, shaped like the data.
    ///   - source: Randomness.
    /// - Returns: A permutation of 0 to B - 1 [B], int64: data i goes with noise `order[i]`.
    func order(data: Tensor, noise: Tensor, using source: RandomSource) -> Tensor
}

/// Noise and data drawn independently, in the order in which they were drawn.
public struct IndependentCoupling: Coupling, Hashable {
    /// The coupling; it has no parameters.
    public init() {}

    /// The identity.
    public func order(data: Tensor, noise: Tensor, using source: RandomSource) -> Tensor {
        Tensor.arange(data.shape[0], device: data.device)
    }
}

extension LabelledBatch {
    /// This batch with its noise in the order that a coupling gives it.
    ///
    /// - Parameters:
    ///   - coupling: The pairing of noise and data.
    ///   - source: Randomness.
    public func coupled(by coupling: some Coupling, using source: RandomSource) -> LabelledBatch {
        var batch = self
        batch.noise = noise.indexSelect(0, coupling.order(data: data, noise: noise, using: source))
        return batch
    }
}
