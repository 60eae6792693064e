public import Torch
public import TorchNN

/// The autoencoder of latent diffusion: images to normal distributions of small maps, and such maps to images.
///
/// Rombach et al., CVPR 2022, section 3.1 and appendix G. Names and values are those of diffusers' `AutoencoderKL`, so that
/// SD-VAE and its relatives load as they are:
///
///     encoder   convolution; levels of residual blocks, each but the last shrunk by half; block, attention, block
///     decoder   convolution; block, attention, block; levels of residual blocks, each but the last enlarged twice
///
/// Images are [B, C, H, W] in [-1, 1], latents are as diffusion models see them: (z - shift) scale.
public struct AutoencoderKL: Sendable {
    /// Sizes and options.
    public let configuration: Configuration
    private let encoder: AutoencoderEncoder
    private let decoder: AutoencoderDecoder
    private let moments: Conv2d?
    private let entrance: Conv2d?

    /// A network with its parameters in `scope`: `encoder`, `quant_conv`, `post_quant_conv`, `decoder`.
    ///
    /// - Parameters:
    ///   - configuration: Sizes and options without a ``Configuration/mistake``.
    ///   - scope: Scope of the parameters.
    public init(_ configuration: Configuration, in scope: Scope) {
        if let mistake = configuration.mistake { fatalError("Backbones: an autoencoder where \(mistake)") }
        self.configuration = configuration
        let latents = configuration.latentChannels
        encoder = AutoencoderEncoder(configuration, in: scope / "encoder")
        decoder = AutoencoderDecoder(configuration, in: scope / "decoder")
        moments =
            configuration.hasMomentsConvolution
            ? Conv2d(2 * latents, 2 * latents, kernel: 1, in: scope / "quant_conv") : nil
        entrance =
            configuration.hasLatentsConvolution
            ? Conv2d(latents, latents, kernel: 1, in: scope / "post_quant_conv") : nil
    }

    /// A normal distribution for each number of a latent.
    public struct Posterior: Sendable {
        /// Means [B, C, h, w].
        public let mean: Tensor
        /// Logarithms of variances [B, C, h, w], within [-30, 20].
        public let logVariance: Tensor

        /// mean + exp(logVariance / 2) noise, for standard normal noise shaped like the mean.
        public func sample(_ noise: Tensor) -> Tensor { mean + (logVariance * 0.5).exp() * noise }
    }

    /// Distributions of unscaled latents of images [B, C, H, W] in [-1, 1], whose sizes are multiples of ``Configuration/factor``.
    ///
    /// - Parameters:
    ///   - images: The images.
    ///   - tiling: Cuts large images into overlapping parts, so that memory depends on the size of a part; whole by default.
    public func posterior(of images: Tensor, tiling: Tiling? = nil) -> Posterior {
        let factor = configuration.factor
        demand(
            images.rank == 4 && images.shape[2] % factor == 0 && images.shape[3] % factor == 0,
            "images [B, C, H, W] with H and W multiples of \(factor) are encoded, not \(images.shape)")
        let plan = tiling.flatMap { $0.plan(images, size: $0.size, scale: 1 / Double(factor)) }
        let all = plan.map { $0.run(images, rawMoments) } ?? rawMoments(images)
        let parts = all.chunk(2, 1)
        return Posterior(mean: parts[0], logVariance: parts[1].clamp(-30...20))
    }

    /// Latents of images as diffusion models see them: the means of the posterior if there is no noise, (z - shift) scale.
    public func encode(_ images: Tensor, noise: Tensor? = nil, tiling: Tiling? = nil) -> Tensor {
        let posterior = posterior(of: images, tiling: tiling)
        return scaled(noise.map { posterior.sample($0) } ?? posterior.mean)
    }

    /// Unscaled latents as diffusion models see them.
    public func scaled(_ latents: Tensor) -> Tensor {
        let centred = configuration.shift == 0 ? latents : latents - configuration.shift
        return centred * configuration.scale
    }

    /// Images of latents as diffusion models see them, about [-1, 1], not clamped.
    ///
    /// - Parameters:
    ///   - latents: [B, C, h, w].
    ///   - tiling: Cuts large latents into overlapping parts, so that memory depends on the size of a part; whole by default.
    /// - Returns: [B, C, H, W], ``Configuration/factor`` times as large.
    public func decode(_ latents: Tensor, tiling: Tiling? = nil) -> Tensor {
        let plain = latents / configuration.scale
        let z = configuration.shift == 0 ? plain : plain + configuration.shift
        let factor = configuration.factor
        guard let tiling, let plan = tiling.plan(z, size: max(1, tiling.size / factor), scale: Double(factor)) else {
            return rawImages(z)
        }
        return plan.run(z, rawImages)
    }

    private func rawMoments(_ images: Tensor) -> Tensor {
        let coded = encoder(images.contiguous(.channelsLast))
        return moments.map { $0(coded) } ?? coded
    }

    private func rawImages(_ latents: Tensor) -> Tensor {
        let z = latents.contiguous(.channelsLast)
        return decoder(entrance.map { $0(z) } ?? z)
    }
}
