public import Generative
public import Torch

/// Sliced score matching: the score of noisy data learned without knowing their noise, from the model's own divergence.
///
///     loss_b = (w(t) / D) (mean over z of z · (∂s/∂x) z + |s|²/2),    s = score(x_t, t, label)
///
/// Song et al., arXiv 1905.07088, equation 8 (the form of less variance), with Hutchinson probes z; its minimiser is ∇ log ρ_t as
/// that of ``DenoisingScoreMatching`` is, at a backward pass per probe more. Without noise, at σ = 0, it fits the score of the
/// data themselves, which denoising cannot.
public struct SlicedScoreMatching<Model: PredictionModel, Path: AffinePath>: Objective where Model.Condition == Tensor {
    /// Data, labels, noise and times.
    public typealias Batch = LabelledBatch

    /// The path from noise to data.
    public let path: Path
    /// The quantity that the model predicts, from which its score follows.
    public let prediction: Prediction
    /// Number and law of the random vectors.
    public let probes: Int
    /// Law of the random vectors.
    public let probe: Divergence.Probe
    /// Weight, as for an error of the score.
    public let weighting: Weighting

    /// An objective.
    ///
    /// - Parameters:
    ///   - path: The path from noise to data.
    ///   - prediction: The quantity that the model predicts; the score by default.
    ///   - probes: Random vectors per example; 1 by default.
    ///   - probe: Their law; signs by default.
    ///   - weighting: Weight, as for an error of the score: ``Weighting/snr`` is σ². By default 1.
    ///   - model: The type of the model; inferred where the objective has a type.
    public init(
        along path: Path, predicting prediction: Prediction = .score, probes: Int = 1,
        _ probe: Divergence.Probe = .rademacher, weighting: Weighting = .uniform, for model: Model.Type = Model.self
    ) {
        demand(probes >= 1, "sliced score matching needs at least one probe, not \(probes)")
        self.path = path
        self.prediction = prediction
        self.probes = probes
        self.probe = probe
        self.weighting = weighting
    }

    /// Losses [B], which can be negative: they are short of squared errors by a constant of the data.
    ///
    /// - Parameters:
    ///   - model: The network, twice differentiable.
    ///   - batch: Batch of the step.
    ///   - source: Randomness of the probes.
    public func loss(of model: Model, on batch: LabelledBatch, using source: RandomSource) -> Loss {
        let x = path.position(of: batch.data, noise: batch.noise, at: batch.time).detach().requiringGrad()
        let predicted = model.predict(x, time: batch.time, given: batch.labels)
        let score = prediction.convert(predicted, to: .score, at: x, time: batch.time, along: path)
        let dimensions = score.shape.dropFirst().reduce(1, *)
        let flat = score.reshape(score.shape[0], dimensions)
        var curvature = flat.square().sum(1) * 0.5
        let vectors = Divergence.hutchinson(probes: probes, probe).probes(for: x, using: source)
        for index in 0..<probes {
            guard let vector = vectors?.select(1, index), flat.requiresGrad else { continue }
            let product = gradients(of: flat, withRespectTo: [x], seed: vector, retainGraph: true, createGraph: true)[0]
            curvature = curvature + (product.reshape(flat.shape) * vector).sum(1) / Double(probes)
        }
        let loss = curvature / Double(dimensions)
        let weights = weighting.weights(of: .score, at: batch.time, along: path)
        return Loss(perExample: weights.map { loss * $0.to(loss.dtype) } ?? loss)
    }
}
