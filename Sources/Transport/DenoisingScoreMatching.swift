public import Generative
public import Torch

/// Denoising score matching: a model learns the conditional mean of a quantity at positions of a path, under a weighting.
///
///     loss_b = w(t) · mean over dimensions of (prediction(x_t, t, label) - target(y, e, t))²,    x_t = α(t) y + σ(t) e
///
/// Vincent, Neural Computation 23 (2011); Song et al., arXiv 2011.13456, equation 7. Path, predicted quantity, weighting and the
/// batch's times make it the loss of DDPM, of score models, of EDM (a model inside of
/// ``/Generative/EDMPreconditioning`` that predicts data, weighting ``Weighting/edm(dataDeviation:)``), or ``FlowMatching`` (the
/// velocity, unweighted). With normal noise its minimiser gives the score ∇ log ρ_t, whatever is predicted.
///
///     let objective = DenoisingScoreMatching(
///         along: CosinePath(), predicting: .v, weighting: .minSNR(gamma: 5), for: Net.self)
public struct DenoisingScoreMatching<Model: PredictionModel, Path: AffinePath>: Objective
where Model.Condition == Tensor {
    /// Data, labels, noise and times.
    public typealias Batch = LabelledBatch

    /// The path from noise to data.
    public let path: Path
    /// The quantity that the model predicts.
    public let prediction: Prediction
    /// Weight of the errors by their level of noise.
    public let weighting: Weighting
    /// Number of intervals of time whose losses are logged; none at 0.
    public let timeBins: Int

    /// An objective.
    ///
    /// - Parameters:
    ///   - path: The path from noise to data.
    ///   - prediction: The quantity that the model predicts; noise by default.
    ///   - weighting: Weight of the errors; none by default.
    ///   - timeBins: Number of equal intervals of time whose mean losses, unweighted, are logged; 5 by default, at 0 none.
    ///   - model: The type of the model; inferred where the objective has a type.
    public init(
        along path: Path, predicting prediction: Prediction = .noise, weighting: Weighting = .uniform,
        timeBins: Int = 5, for model: Model.Type = Model.self
    ) {
        demand(timeBins >= 0, "a number of intervals is not negative, unlike \(timeBins)")
        self.path = path
        self.prediction = prediction
        self.weighting = weighting
        self.timeBins = timeBins
    }

    /// True: noise and times are part of the batch.
    public var isDeterministic: Bool { true }

    /// The probability-flow field that the model becomes once it is trained.
    public func field(of model: Model) -> ModelVelocity<Model, Path> {
        ModelVelocity(of: model, predicting: prediction, along: path)
    }

    /// Losses [B], with the mean unweighted loss of each interval of time as the metrics `loss_t0.1`, `loss_t0.3`, ..., named
    /// after its centre; NaN where no example falls into it.
    ///
    /// - Parameters:
    ///   - model: The network.
    ///   - batch: Batch of the step.
    ///   - source: Unused: noise and times are part of the batch.
    public func loss(of model: Model, on batch: LabelledBatch, using source: RandomSource) -> Loss {
        let x = path.position(of: batch.data, noise: batch.noise, at: batch.time)
        let target = prediction.target(data: batch.data, noise: batch.noise, time: batch.time, along: path)
        let predicted = model.predict(x, time: batch.time, given: batch.labels)
        demand(
            predicted.shape == target.shape,
            "the model predicts the shape \(predicted.shape) at positions of shape \(target.shape)")
        let error = (predicted.to(target.dtype) - target).square().flatten(1).mean(1)
        let weights = weighting.weights(of: prediction, at: batch.time, along: path)
        return Loss(
            perExample: weights.map { error * $0.to(error.dtype) } ?? error,
            metrics: TimeBins(timeBins).means(of: error.detach(), at: batch.time))
    }
}
