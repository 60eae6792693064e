internal import Foundation
public import Torch

/// Positions of tokens as rotations of queries and keys (RoPE; Su et al., arXiv 2104.09864), along one axis.
///
/// With D features per head, feature i < D / 2 of the token at position n is paired with feature i + D / 2 and turned by the
/// angle n f_i with f_i = 10000^(-i / (D / 2)).
public struct RotaryEmbedding: Sendable {
    /// Rounding of the angles.
    public enum Precision: String, Sendable, Hashable, CaseIterable {
        /// Not beyond float32.
        case float32
        /// Position, frequency, angle, cosine and sine each to bfloat16, as in the release's latent models, whose weights
        /// were trained with it.
        ///
        /// Positions above 256 coincide in pairs, and cosines are off by up to 0.95.
        case bfloat16
    }

    /// Cosines of the angles [N, D / 2].
    public let cosines: Tensor
    /// Sines of the angles [N, D / 2].
    public let sines: Tensor

    /// The rotations of N tokens.
    ///
    /// - Parameters:
    ///   - tokens: N.
    ///   - features: D, size of a head, even.
    ///   - precision: Rounding of the angles.
    ///   - device: Device of the tables.
    public init(tokens: Int, features: Int, precision: Precision = .float32, device: Device = .cpu) {
        precondition(features % 2 == 0, "features of a head turn in pairs; \(features) is odd")
        let rounded: (Tensor) -> Tensor = { precision == .float32 ? $0 : $0.to(.bfloat16).to(.float32) }
        let frequencies = (0..<(features / 2)).map { Float(pow(10_000, -Double($0) / Double(features / 2))) }
        let positions = rounded(.arange(tokens, dtype: .float32))
        let angles = rounded(positions.unsqueeze(1) * rounded(Tensor(frequencies)).unsqueeze(0))
        cosines = rounded(angles.cos()).to(device)
        sines = rounded(angles.sin()).to(device)
    }

    /// Turns the features of tokens [..., N, D] in their own type.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (cosines, sines) = (cosines.to(x.dtype), sines.to(x.dtype))
        let halves = x.chunk(2, -1)
        return Tensor.cat(
            [halves[0] * cosines - halves[1] * sines, halves[1] * cosines + halves[0] * sines], -1)
    }
}
