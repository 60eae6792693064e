public import Settings

/// Latents of an autoencoder, in a safetensors, npz or npy file.
public struct LatentSettings: SettingsSection, Sendable, Hashable {
    /// The file.
    public var path = ""
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
            about: "File with latents [N, C, H, W] and labels [N]: .safetensors, .npz, or .npy without labels.")
        key(
            "shape", &shape, .count(.in(3...3)), .each(.in(1...)),
            Requirement("be as high as wide") { $0.last == $0[1] },
            about: "Channels, height and width; null for those of the file.")
        key(
            "classes", &classes, .in(1...), about: "Number of classes; null for one more than the file's largest label."
        )
    }
}
