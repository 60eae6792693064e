public import Generative
public import Torch

/// Denoising in EDM's harness by a network that is not told the noise level.
///
///     loss_b = mean over dimensions of (F(c_in x) - (y - c_skip x) / c_out)²,   x = y + σ e,   σ = (1 - t) / t
///
/// Karras et al., arXiv 2206.00364, with the weight that makes the network's target of unit variance; without the input c_noise,
/// as Sun et al., arXiv 2502.13129, study it. The factors around the network still know σ, also when sampling.
public struct BlindDenoising<Model: PredictionModel>: Objective where Model.Condition == Tensor {
    /// Data, labels, noise and times.
    public typealias Batch = LabelledBatch

    /// Standard deviation of the data.
    public let dataDeviation: Double
    /// σ at which training ends; larger ones are clipped.
    public let largestNoise: Double

    /// An objective: data of deviation 0.5 and noise up to σ = 80 by default.
    ///
    /// The model should not look at its time.
    public init(dataDeviation: Double = 0.5, largestNoise: Double = 80, for model: Model.Type = Model.self) {
        demand(
            dataDeviation > 0 && largestNoise > 0,
            "deviations are positive, unlike \(dataDeviation) and \(largestNoise)")
        (self.dataDeviation, self.largestNoise) = (dataDeviation, largestNoise)
    }

    /// True: noise and times are part of the batch.
    public var isDeterministic: Bool { true }

    /// The denoiser that samplers follow.
    public func denoiser(of model: Model) -> EDMPreconditioning<Model> {
        EDMPreconditioning(of: model, dataDeviation: dataDeviation)
    }

    /// Losses [B]; nothing is drawn.
    public func loss(of model: Model, on batch: LabelledBatch, using source: RandomSource) -> Loss {
        let sigma = (batch.time.reciprocal() - 1).clamp(1e-4...largestNoise)
        let x = batch.data + batch.noise * sigma.alongBatch(of: batch.data).to(batch.data.dtype)
        let target = denoiser(of: model).target(data: batch.data, x: x, sigma: sigma)
        let scale = (sigma.square() + dataDeviation * dataDeviation).rsqrt().alongBatch(of: x).to(x.dtype)
        let told = model.predict(x * scale, time: sigma.log() * 0.25, given: batch.labels)
        demand(told.shape == x.shape, "the model predicts the shape \(told.shape) at positions of shape \(x.shape)")
        return Loss(perExample: (told.to(x.dtype) - target).square().flatten(1).mean(1))
    }
}
