internal import Foundation
public import Torch

/// How strong guidance is at training time.
///
/// A strength alpha >= 1 is drawn for each label, conditions the generator, and gives the extra negatives their weight. At
/// sampling alpha is a free input. The density is proportional to alpha^-power on the range, and a share of the labels has 1. Source: arXiv 2602.04770,
/// section 3.5 and A.7, as the release has it.
public struct GuidanceLaw: Sendable, Hashable {
    /// Smallest and largest strength; 1 to 4.
    public var range: ClosedRange<Double>
    /// 3 (ablation, L/2 latent) or 5 (B/2 latent, pixel models) in the paper.
    public var power: Double
    /// Share of labels whose strength is 1; 0, and 0.5 for L/2 latent.
    public var without: Double

    /// A law; the paper's ablation unless given.
    public init(range: ClosedRange<Double> = 1...4, power: Double = 3, without: Double = 0) {
        demand(range.lowerBound > 0 && (0...1).contains(without), "no law: \(range), share \(without) without")
        self.range = range
        self.power = power
        self.without = without
    }

    /// Draws strengths [count], float32 on the CPU; an option that is off draws nothing.
    public func strengths(_ count: Int, using source: RandomSource) -> Tensor {
        let u = Tensor.rand([count], using: source, dtype: .float64)
        return strengths(u, without > 0 ? Tensor.rand([count], using: source, dtype: .float64) : nil)
    }

    /// Strengths [N] of uniform numbers in [0, 1): by inversion, with p = 1 - power,
    /// alpha = (a^p + u (b^p - a^p))^(1 / p), or exp(ln a + u ln(b / a)) for p = 0.
    ///
    /// - Parameters:
    ///   - u: Where alpha lies [N].
    ///   - plain: Below ``without`` alpha is 1 [N]; not needed if that is 0.
    public func strengths(_ u: Tensor, _ plain: Tensor? = nil) -> Tensor {
        let (low, high, p) = (range.lowerBound, range.upperBound, 1 - power)
        let u = u.to(.float64)
        let alpha =
            abs(p) < 1e-6
            ? (u * log(high / low) + log(low)).exp()
            : (u * (pow(high, p) - pow(low, p)) + pow(low, p)).pow(1 / p)
        guard without > 0, let plain else { return alpha.to(.float32) }
        return alpha.onesLike().where(plain .< without, else: alpha).to(.float32)
    }

    /// Weight (alpha - 1) (G - 1) / Q of each extra negative, shaped like alpha (equation 15); 0 if there are none.
    ///
    /// - Parameters:
    ///   - alpha: Strengths [B].
    ///   - generated: Number of generated samples per label, G.
    ///   - negatives: Number of extra negatives per label, Q.
    public static func negativeWeights(_ alpha: Tensor, generated: Int, negatives: Int) -> Tensor {
        (alpha - 1) * (negatives > 0 ? Double(generated - 1) / Double(negatives) : 0)
    }
}
