internal import Foundation
public import Generative
public import Torch

/// Sampling by steps in proportion to the distance: x ← x - η u(x) v(x).
///
/// Wang et al., arXiv 2602.02928, with 250 steps of η = 0.031 (CIFAR-10) or 0.022 (ImageNet-256 latents); named after the
/// tracing of rays through distance fields (Hart, The Visual Computer 12, 1996). The last step may be a full one, η = 1, which
/// takes no evaluation more: near the data it removes the rest of the noise.
///
///     let tracer = SphereTracing<Net>(steps: 32, reaching: constants.floor)
///     let marched = tracer.march(net, from: noise, given: labels)
public struct SphereTracing<Model: DistanceField>: MarchingSampler {
    /// Share of the distance that a step crosses.
    public enum Rate: Sendable, Hashable {
        /// η in (0, 2), the same for all.
        case fixed(Double)
        /// η = 1 - (target / u0)^(1 / k) for the k steps before the last, from the distance u0 that is told at the start of each
        /// sample: the distance left before the last step is the target.
        case reaching(Double)
    }

    /// Steps, each of one evaluation; the full one at the end is one of them.
    public let steps: Int
    /// Share of the distance that a step crosses.
    public let rate: Rate
    /// True if the last step of a sample is a full one.
    public let endsWithFullStep: Bool
    /// Conditions on which samples end early; none if nil.
    public let stopping: EarlyStopping?

    /// A sampler with a given step size.
    ///
    /// - Parameters:
    ///   - steps: Number of steps, at least 1.
    ///   - rate: η in (0, 2).
    ///   - endsWithFullStep: True, by default, if the last step of a sample is a full one.
    ///   - stopping: Conditions on which samples end early; none by default.
    ///   - model: The type of the model; inferred where a model is given at once.
    public init(
        steps: Int, rate: Double, endsWithFullStep: Bool = true, stopping: EarlyStopping? = nil,
        for model: Model.Type = Model.self
    ) {
        (MarchingMistakes.steps(steps) ?? MarchingMistakes.rate(rate)).demandNone()
        (self.steps, self.rate) = (steps, .fixed(rate))
        (self.endsWithFullStep, self.stopping) = (endsWithFullStep, stopping)
    }

    /// A sampler whose steps are as long as their number asks for (ours), with a full one at the end.
    ///
    /// - Parameters:
    ///   - steps: Number of steps, at least 1.
    ///   - target: Distance, above 0, that is left before the last step.
    ///   - stopping: Conditions on which samples end early; none by default.
    ///   - model: The type of the model; inferred where a model is given at once.
    public init(
        steps: Int, reaching target: Double, stopping: EarlyStopping? = nil, for model: Model.Type = Model.self
    ) {
        MarchingMistakes.steps(steps).demandNone()
        demand(target > 0 && target.isFinite, "the target of a march is a distance above 0, not \(target)")
        (self.steps, self.rate) = (steps, .reaching(target))
        (self.endsWithFullStep, self.stopping) = (true, stopping)
    }

    /// The samples of starts [B, ...] with the distances that were told last.
    public func march(
        _ model: Model, from start: Tensor, given condition: Model.Condition,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> MarchedSamples {
        let (steps, rate) = (steps, rate)
        let plan = MarchPlan(steps: steps, momentum: 0, endsWithFullStep: endsWithFullStep, stopping: stopping) {
            u, first in
            switch rate {
            case .fixed(let rate): return u * rate
            case .reaching(let target):
                // In full vectors of the processor, so that a sample's bits do not depend on its place in the batch.
                let count = first.shape[0]
                let left = (first.reciprocal() * target).clamp(0...1).pad([0, (64 - count % 64) % 64])
                let crossed = 1 - left.pow(1 / Double(max(steps - 1, 1)))
                return u * crossed.slice(0, 0, count)
            }
        }
        return try plan.march(model, from: start, given: condition, observing: observer)
    }
}
