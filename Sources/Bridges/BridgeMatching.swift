public import Generative
public import Torch

/// Bridge matching: a model learns the mean of a quantity of Brownian bridges given the position.
///
///     loss_b = w(t) mean over dimensions of (prediction(x_t, t) - target(x₀, x₁, z, t))²
///
/// With the drift as the target, and pairs that are independent or come from the other direction's equation, it is one
/// step of iterated Markovian fitting (DSBM, Shi et al., arXiv 2303.16852, equation 10). With velocity and score as the targets and
/// pairs from entropic transport with ε = 2 σ² it is [SF]²M (Tong et al., arXiv 2307.03672, equation 9).
///
/// The metric `energy` is the mean of |prediction|² over positions and times, summed over dimensions: for a velocity the
/// path energy ∫ E|v|² dt, which is at least the squared Wasserstein distance of the ends.
public struct BridgeMatching<Model: PredictionModel>: Objective where Model.Condition == Void {
    /// Pairs, noise and times.
    public typealias Batch = BridgeBatch

    /// The reference.
    public let reference: BrownianBridge
    /// The quantity that the model predicts.
    public let target: BrownianBridge.Target

    /// An objective.
    ///
    /// - Parameters:
    ///   - target: The quantity that the model predicts.
    ///   - reference: The Brownian reference.
    ///   - model: The type of the model; inferred where the objective has a type.
    public init(
        _ target: BrownianBridge.Target, of reference: BrownianBridge, for model: Model.Type = Model.self
    ) {
        (self.target, self.reference) = (target, reference)
    }

    /// True: noise and times are part of the batch.
    public var isDeterministic: Bool { true }

    /// Losses [B], and the path energy as the metric `energy`.
    public func loss(of model: Model, on batch: BridgeBatch, using source: RandomSource) -> Loss {
        let (start, end, noise, time) = (batch.start, batch.end, batch.noise, batch.time)
        let x = reference.position(from: start, to: end, noise: noise, at: time)
        let wanted = reference.value(target, from: start, to: end, noise: noise, at: time)
        let predicted = model.predict(x, time: time, given: ()).to(wanted.dtype)
        demand(
            predicted.shape == wanted.shape,
            "the model predicts the shape \(predicted.shape) at positions of shape \(wanted.shape)")
        let error = (predicted - wanted).square().flatten(1).mean(1) * reference.weight(of: target, at: time)
        guard target != .score else { return Loss(perExample: error) }
        return Loss(perExample: error, metrics: ["energy": predicted.detach().square().flatten(1).sum(1)])
    }
}
