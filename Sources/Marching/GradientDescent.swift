public import Generative
public import Torch

/// Sampling by steps of one length: x ← x - η v(x), gradient descent on the distance; with momentum, Nesterov's.
///
/// Wang et al., arXiv 2602.02928, with 250 steps of η = 0.46 (CIFAR-10) or 0.64 (ImageNet-256 latents). With momentum μ the
/// direction is asked for ahead, at z = x + μ (x - x_before), and x ← x - η v(z), as equilibrium matching samples
/// (arXiv 2510.02300).
///
/// Near the data v = (x - y) / sqrt(d² + c0), so a step multiplies the offset by 1 - η / sqrt(d² + c0): it comes to rest only if
/// sqrt(c0) > η / 2, which is checked when the sampler is made. The full step at the end takes no evaluation more.
public struct GradientDescent<Model: DistanceField>: MarchingSampler {
    /// Steps, each of one evaluation; the full one at the end is one of them.
    public let steps: Int
    /// η > 0, the way that a step goes where the direction is certain.
    public let length: Double
    /// μ in [0, 1).
    public let momentum: Double
    /// True if the last step of a sample is a full one, x ← x - u v.
    public let endsWithFullStep: Bool
    /// Conditions on which samples end early; none if nil.
    public let stopping: EarlyStopping?

    /// A sampler.
    ///
    /// - Parameters:
    ///   - steps: Number of steps, at least 1.
    ///   - length: η > 0, below 2 sqrt(c0).
    ///   - constants: c0 of the training; nil for fields that are no distances, whose lengths nobody can check.
    ///   - momentum: μ in [0, 1); 0 by default.
    ///   - endsWithFullStep: True, by default, if the last step of a sample is a full one.
    ///   - stopping: Conditions on which samples end early; none by default.
    ///   - model: The type of the model; inferred where a model is given at once.
    public init(
        steps: Int, length: Double, constants: MarchingConstants?, momentum: Double = 0, endsWithFullStep: Bool = true,
        stopping: EarlyStopping? = nil, for model: Model.Type = Model.self
    ) {
        MarchingMistakes.steps(steps).demandNone()
        MarchingMistakes.length(length, constants, momentum: momentum).demandNone()
        self.steps = steps
        self.length = length
        self.momentum = momentum
        self.endsWithFullStep = endsWithFullStep
        self.stopping = stopping
    }

    /// The samples of starts [B, ...] with the distances that were told last.
    public func march(
        _ model: Model, from start: Tensor, given condition: Model.Condition,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> MarchedSamples {
        let length = length
        let plan = MarchPlan(
            steps: steps, momentum: momentum, endsWithFullStep: endsWithFullStep, stopping: stopping
        ) { u, _ in u.onesLike() * length }
        return try plan.march(model, from: start, given: condition, observing: observer)
    }
}

/// Mistakes in the numbers of samplers, as sentences: what is wrong, and what would do.
public enum MarchingMistakes {
    /// Way of all steps of gradient descent over the distance of noise from data.
    ///
    /// 250 steps of 0.46 and of 0.64 both are some
    /// 1.8 times that of CIFAR-10 and of ImageNet-256 latents. The way must be longer than the distance, as v is shorter than 1
    /// where several data points compete.
    public static let descentOverDistance = 1.8

    /// A number of steps.
    public static func steps(_ steps: Int) -> String? {
        steps >= 1 ? nil : "a march has at least one step, not \(steps)"
    }

    /// A rate η of sphere tracing.
    public static func rate(_ rate: Double) -> String? {
        rate > 0 && rate < 2
            ? nil
            : "the rate of sphere tracing lies between 0 and 2, unlike \(rate): beyond 2 steps lead away from the data"
    }

    /// A length η of gradient descent and its momentum.
    public static func length(_ length: Double, _ constants: MarchingConstants?, momentum: Double = 0) -> String? {
        guard length > 0, length.isFinite else { return "the length of a step is above 0, not \(length)" }
        guard momentum >= 0, momentum < 1 else { return "momentum is at least 0 and below 1, not \(momentum)" }
        guard let floor = constants?.floor, length >= 2 * floor else { return nil }
        return """
            steps of length \(length) never come to rest near the data: with sqrt(c0) = \(floor) they must be shorter than 2 \
            sqrt(c0) = \(2 * floor). Take shorter steps and more of them, or train with a larger c0
            """
    }
}
