public import Torch
public import TorchNN

/// The guidance strength as a vector that is added to a condition.
///
/// s RMSNorm(MLP(sinusoid(alpha))), with 256 sinusoids of alpha itself, as in the release of arXiv 2602.04770: the network
/// learns what each alpha means, and at sampling alpha is a free input.
public struct GuidanceEmbedding: Layer {
    /// s of the release, whose networks learn for 200 000 steps.
    public static let releasedScale = 0.02

    private let scale: Double
    private let first: Linear
    private let second: Linear
    private let norm: RMSNorm

    /// An embedding of `width` with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - width: Size of the vectors.
    ///   - scale: The factor s. The smaller, the longer it takes until the strength makes a difference.
    ///   - scope: Scope of the parameters.
    public init(width: Int, scale: Double = releasedScale, in scope: Scope) {
        self.scale = scale
        let small = Initializer.normal(std: 0.02)
        first = Linear(ScalarEmbedding.sinusoids, width, in: scope / "mlp" / 0, weight: small, bias: .zeros)
        second = Linear(width, width, in: scope / "mlp" / 2, weight: small, bias: .zeros)
        norm = RMSNorm(width, in: scope / "norm")
    }

    /// Strengths [B] as vectors [B, width].
    public func callAsFunction(_ alpha: Tensor) -> Tensor { self(alpha) { _, _ in } }

    /// The same, with the values between reported under the names of the release's vectors.
    func callAsFunction(_ alpha: Tensor, observe: (_ name: String, _ value: Tensor) -> Void) -> Tensor {
        let raw = second(first(ScalarEmbedding.sinusoids(of: alpha)).silu())
        let normed = norm(raw)
        observe("cfg_embed_raw", raw)
        observe("cfg_embed_normed", normed)
        return normed * scale
    }
}
