public import Torch

/// The map between latents as they lie in files and as networks see them: (latent - shift) scale.
///
/// Each is one number or one per channel. Stable Diffusion's first autoencoder has the scale 0.18215 (Rombach et al., 2022,
/// appendix G), which brings its latents to unit variance; later ones have shifts, or numbers for each channel.
public struct LatentScaling: Sendable, Hashable {
    /// Subtracted numbers.
    public var shift = [0.0]
    /// The factor then.
    public var scale = [1.0]

    /// Latents as they are.
    public init() {}

    /// Latents [B, C, H, W] of files as networks see them.
    public func model(_ latents: Tensor) -> Tensor {
        isIdentity ? latents : (latents - perChannel(shift, latents)) * perChannel(scale, latents)
    }

    /// Latents [B, C, H, W] of networks as they lie in files.
    public func file(_ latents: Tensor) -> Tensor {
        isIdentity ? latents : latents / perChannel(scale, latents) + perChannel(shift, latents)
    }

    /// True if there are numbers for so many channels.
    func fits(channels: Int) -> Bool { [shift, scale].allSatisfy { [1, channels].contains($0.count) } }

    private var isIdentity: Bool { shift.allSatisfy { $0 == 0 } && scale.allSatisfy { $0 == 1 } }

    private func perChannel(_ values: [Double], _ latents: Tensor) -> Tensor {
        Tensor(values, device: latents.device).to(latents.dtype).reshape(1, -1, 1, 1)
    }
}

/// The normal distributions that an autoencoder gives instead of latents.
enum LatentMoments {
    /// Latents [B, C, H, W] of moments [B, 2 C, H, W]: mean + exp(logarithm of the variance / 2) noise.
    ///
    /// The logarithm is kept in [-30, 20], as autoencoders of latent diffusion do (Rombach et al., 2022).
    ///
    /// - Parameters:
    ///   - moments: Means in the first half of the channels, logarithms of variances in the second.
    ///   - source: Source of noise; nil for the means.
    static func latents(_ moments: Tensor, using source: RandomSource?) -> Tensor {
        let channels = moments.shape[1] / 2
        let mean = moments.slice(1, 0, channels)
        guard let source else { return mean }
        let deviation = (moments.slice(1, channels, 2 * channels).clamp(-30...20) * 0.5).exp()
        return mean + deviation * Tensor.randn(mean.shape, using: source)
    }
}
