internal import Foundation
public import Torch

/// Limit of distance marching on finitely many points: the exact optimum of its two losses.
///
/// A position x = (1 - t) e + t y may come from any point y_i and any time, with the posterior
///
///     p(y_i | x) ∝ ∫ p(t) N(x; t y_i, (1 - t)² I) dt.
///
/// With d = |x - y|, the directional eikonal loss E |v - (x - y) / sqrt(d² + c)|² is least for its conditional mean
/// v = E[(x - y) / sqrt(d² + c) | x], and given v the one-step loss E |x - u v - y|² / (d² + ε) for
/// u = <m, v> / |v|² with m = x - E_w[y], w ∝ p / (d² + ε). The losses are those of Wang et al., arXiv 2602.02928.
public struct MarchingOptimum: DistanceField, Sendable {
    private let points: Tensor
    private let logTimeWeights: Tensor
    private let noise: Tensor
    private let softening: Double
    private let epsilon: Double

    /// The optimum on finite data.
    ///
    /// - Parameters:
    ///   - points: The data [N, ...], all equally likely.
    ///   - prior: The distribution of t in training.
    ///   - softening: c > 0, added to squared distances in the direction.
    ///   - epsilon: ε > 0, added to them in the weights of the one-step loss; c by default.
    public init(of points: Tensor, times prior: TimePrior, softening: Double, epsilon: Double? = nil) {
        demand(softening > 0 && epsilon ?? softening > 0, "c and ε are positive")
        self.points = points
        self.softening = softening
        self.epsilon = epsilon ?? softening
        let rule = prior.rule(dimensions: points.shape.dropFirst().reduce(1, *))
        noise = Tensor(rule.logits.map { 1 / (1 + exp($0)) }).to(points.device, points.dtype)
        logTimeWeights = Tensor(rule.logWeights).to(points.device, points.dtype)
    }

    /// Distances u [B] and directions v, shaped like `x` [B, ...]; u = 0 where v = 0, as any other would do.
    public func bearing(at x: Tensor, given _: Void) -> (distance: Tensor, direction: Tensor) {
        let offsets = x.flatten(1).unsqueeze(1) - points.flatten(1)  // x - y_i [B, N, D]
        let squares = offsets.square().sum(-1)
        let likely = logPosterior(offsets, squares)
        let near = (likely - (squares + epsilon).log()).softmax(-1)
        let step = (near.unsqueeze(-1) * offsets).sum(1)
        let pull = likely.softmax(-1) / (squares + softening).sqrt()
        let direction = (pull.unsqueeze(-1) * offsets).sum(1)
        let length = direction.square().sum(1)
        let distance = ((step * direction).sum(1) / length).maskedFill(length .== 0, 0)
        return (distance, direction.reshape(x.shape))
    }

    /// log p(y_i | x) [B, N] up to a constant of x.
    ///
    /// With s = 1 - t, x - t y = (x - y) + s y, so that |x - t y|² / s² = d²/s² + 2 <x - y, y>/s + |y|²: exact also
    /// where s is small.
    private func logPosterior(_ offsets: Tensor, _ squares: Tensor) -> Tensor {
        let flat = points.flatten(1)
        let products = (offsets * flat).sum(-1)
        let norms = flat.square().sum(-1).unsqueeze(-1)
        // Some nodes at a time: all of them, for each pair of a position and a point, may not fit into memory.
        let chunk = max(1, Self.numbersAtOnce / max(squares.count, 1))
        let parts = stride(from: 0, to: noise.count, by: chunk).map { first in
            let noise = noise.slice(0, first, min(first + chunk, self.noise.count))
            let weights = logTimeWeights.slice(0, first, min(first + chunk, self.noise.count))
            let inverse = noise.reciprocal()
            let exponent =
                squares.unsqueeze(-1) * inverse.square() + 2 * products.unsqueeze(-1) * inverse + norms
            return (weights - noise.log() * Double(flat.shape[1]) - exponent * 0.5).logsumexp(-1)
        }
        return parts.count == 1 ? parts[0] : Tensor.stack(parts, -1).logsumexp(-1)
    }

    private static let numbersAtOnce = 1 << 22
}
