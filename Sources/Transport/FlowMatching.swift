public import Generative
public import Torch

/// Flow matching: a model learns the conditional mean of some quantity on the path from noise to data.
///
///     loss_b = mean over dimensions of (prediction(x_t, t, label) - target(y, e, t))²,    x_t = α(t) y + σ(t) e
///
/// With the velocity as the target and noise that does not depend on the data, its minimiser is the velocity that carries
/// the marginals (Lipman et al., arXiv 2210.02747, theorem 2). With another ``/Generative/Prediction`` it is the same model
/// under another weighting of times: noise is the objective of Ho et al., arXiv 2006.11239, data that of a denoiser.
///
///     let objective = FlowMatching<Net, LinearPath>(along: LinearPath())
///     let loss = objective.loss(of: net, on: batch, using: source)
///
/// It is ``DenoisingScoreMatching`` with the velocity as its quantity and no weighting, under the name and defaults of flow
/// matching. The batch brings its times: see ``/Generative/LabelledBatch`` and ``/Generative/TimeDistribution``.
public struct FlowMatching<Model: PredictionModel, Path: AffinePath>: Objective where Model.Condition == Tensor {
    /// Data, labels, noise and times.
    public typealias Batch = LabelledBatch

    /// The path from noise to data.
    public let path: Path
    /// The quantity that the model predicts.
    public let prediction: Prediction
    /// Number of intervals of time whose losses are logged; none at 0.
    public let timeBins: Int

    /// An objective.
    ///
    /// - Parameters:
    ///   - path: The path from noise to data.
    ///   - prediction: The quantity that the model predicts; the velocity by default.
    ///   - timeBins: Number of equal intervals of time whose mean losses are logged; 5 by default, at 0 none.
    ///   - model: The type of the model; inferred where the objective has a type.
    public init(
        along path: Path, predicting prediction: Prediction = .velocity, timeBins: Int = 5,
        for model: Model.Type = Model.self
    ) {
        demand(timeBins >= 0, "a number of intervals is not negative, unlike \(timeBins)")
        self.path = path
        self.prediction = prediction
        self.timeBins = timeBins
    }

    /// True: noise and times are part of the batch.
    public var isDeterministic: Bool { true }

    /// The field that the model becomes once it is trained, which samplers follow.
    public func field(of model: Model) -> ModelVelocity<Model, Path> {
        ModelVelocity(of: model, predicting: prediction, along: path)
    }

    /// Losses [B], with the mean loss of each interval of time as the metrics `loss_t0.1`, `loss_t0.3`, ..., named after
    /// its centre; NaN where no example falls into it.
    ///
    /// - Parameters:
    ///   - model: The network.
    ///   - batch: Batch of the step.
    ///   - source: Unused: noise and times are part of the batch.
    public func loss(of model: Model, on batch: LabelledBatch, using source: RandomSource) -> Loss {
        DenoisingScoreMatching(along: path, predicting: prediction, timeBins: timeBins)
            .loss(of: model, on: batch, using: source)
    }
}
