public import Settings

/// Latents of an autoencoder, in a safetensors, npz or npy file or a folder of them.
public struct LatentSettings: SettingsSection, Sendable, Hashable {
    /// Choice of the latent of an image whose file gives mean and variance of it.
    public enum Posterior: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// A latent that is drawn again whenever the image is seen.
        case sample
        /// The mean.
        case mean
    }

    /// The file or folder.
    public var path = ""
    /// True if latents of the mirrored images are learned as well.
    public var flip = false
    /// Latents of files with moments.
    public var posterior = Posterior.sample
    /// Shift and scale between latents in files and in networks.
    public var scaling = LatentScaling()
    /// Room for latents in memory.
    public var memory = DataMemory()
    /// Channels, height and width; nil until the file has been read.
    public var shape: [Int]?
    /// Number of classes; nil until the file has been read.
    public var classes: Int?

    /// No file yet.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "path", &path, .nonEmpty,
            about: """
                Safetensors, npz or npy file, or folder of them, with latents [N, C, H, W] or moments [N, 2 C, H, W], and \
                labels [N] or a folder per class.
                """)
        key(
            "flip", &flip,
            about: "Learn latents_flip or moments_flip, those of the mirrored images, as well.")
        key(
            "posterior", &posterior,
            about: "Latent of moments, mean and logarithm of the variance: a sample, drawn at each step, or the mean.")
        key(
            "shift", &scaling.shift, .count(.in(1...)),
            about: "Subtracted from latents before they are scaled: one number, or one for each channel.")
        key(
            "scale", &scaling.scale, .count(.in(1...)),
            .each(Requirement("be finite and not 0") { $0.isFinite && $0 != 0 }),
            about: "Factor of latents, such as 0.18215 for sd-vae: one number, or one for each channel.")
        key.memory(&memory)
        key(
            "shape", &shape, .count(.in(3...3)), .each(.in(1...)),
            Requirement("be as high as wide") { $0.last == $0[1] },
            about: "Channels, height and width; null for those of the file.")
        key(
            "classes", &classes, .in(1...),
            about: "Number of classes; null for that of the folders, or one more than the largest label.")
    }
}
