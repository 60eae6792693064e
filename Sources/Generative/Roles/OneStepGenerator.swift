public import Torch

/// A map from noise to samples in one evaluation: x = f(e).
///
/// The distribution of f(e) is the pushforward of that of e. A drifting model is trained to be one.
public protocol OneStepGenerator: Conditional {
    // Restated in every role, or it is not inferred from the method below.
    associatedtype Condition

    /// Samples, one per noise vector.
    ///
    /// - Parameters:
    ///   - noise: Standard normal numbers [B, ...].
    ///   - condition: Condition of each sample, such as its class.
    /// - Returns: Samples [B, ...]; their shape may differ from that of the noise.
    func generate(from noise: Tensor, given condition: Condition) -> Tensor
}

extension OneStepGenerator where Condition == Void {
    /// Samples [B, ...], one per noise vector [B, ...].
    public func generate(from noise: Tensor) -> Tensor { generate(from: noise, given: ()) }
}
