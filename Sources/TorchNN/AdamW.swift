public import Torch

/// Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019, algorithm 2), as `torch.optim.AdamW`.
///
///     m = beta1 m + (1 - beta1) g              v = beta2 v + (1 - beta2) g²
///     p = p - rate decay p - rate (m / (1 - beta1ⁿ)) / (sqrt(v / (1 - beta2ⁿ)) + epsilon)
///
/// One fused call per step. Weight decay applies to every parameter given: use two optimisers to spare some.
public final class AdamW: Optimizer {
    /// Constants; defaults are PyTorch's.
    public struct Configuration: Sendable, Hashable, Codable {
        /// Decay of the mean of gradients, in [0, 1).
        public var beta1 = 0.9
        /// Decay of the mean of squared gradients, in [0, 1).
        public var beta2 = 0.999
        /// Added to the root of the second moment.
        public var epsilon = 1e-8
        /// Part of a parameter that is taken off per unit of learning rate.
        public var weightDecay = 0.01

        /// PyTorch's defaults, unless given.
        public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01) {
            (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
        }
    }

    /// The constants; they may change between steps.
    public var configuration: Configuration
    private let moments: AdamMoments

    /// An optimiser of these parameters.
    public init(_ parameters: [NamedTensor], _ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        moments = AdamMoments(parameters)
    }

    /// An optimiser of all parameters of `store` that require gradients.
    public convenience init(_ store: ParameterStore, _ configuration: Configuration = Configuration()) {
        self.init(store.trained, configuration)
    }

    /// The parameters that it changes.
    public var parameters: [NamedTensor] { moments.parameters }

    /// `exp_avg`, `exp_avg_sq` and `step` of each parameter.
    public var state: [NamedTensor] { moments.state }

    /// Changes all parameters that have a gradient.
    public func step(learningRate: Double) {
        let c = configuration
        moments.step(
            withGradients(),
            ListOperations.Adam(
                learningRate: learningRate, beta1: c.beta1, beta2: c.beta2, weightDecay: c.weightDecay,
                epsilon: c.epsilon, decoupled: true))
    }
}

/// Adam (Kingma and Ba, ICLR 2015, algorithm 1), as `torch.optim.Adam`.
///
/// Weight decay, if any, is added to the gradient: g + decay p. See ``AdamW`` for the decoupled kind.
public final class Adam: Optimizer {
    /// Constants; defaults are PyTorch's.
    public struct Configuration: Sendable, Hashable, Codable {
        /// Decay of the mean of gradients, in [0, 1).
        public var beta1 = 0.9
        /// Decay of the mean of squared gradients, in [0, 1).
        public var beta2 = 0.999
        /// Added to the root of the second moment.
        public var epsilon = 1e-8
        /// Factor of the parameter that is added to its gradient.
        public var weightDecay = 0.0

        /// PyTorch's defaults, unless given.
        public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0) {
            (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
        }
    }

    /// The constants; they may change between steps.
    public var configuration: Configuration
    private let moments: AdamMoments

    /// An optimiser of these parameters.
    public init(_ parameters: [NamedTensor], _ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        moments = AdamMoments(parameters)
    }

    /// An optimiser of all parameters of `store` that require gradients.
    public convenience init(_ store: ParameterStore, _ configuration: Configuration = Configuration()) {
        self.init(store.trained, configuration)
    }

    /// The parameters that it changes.
    public var parameters: [NamedTensor] { moments.parameters }

    /// `exp_avg`, `exp_avg_sq` and `step` of each parameter.
    public var state: [NamedTensor] { moments.state }

    /// Changes all parameters that have a gradient.
    public func step(learningRate: Double) {
        let c = configuration
        moments.step(
            withGradients(),
            ListOperations.Adam(
                learningRate: learningRate, beta1: c.beta1, beta2: c.beta2, weightDecay: c.weightDecay,
                epsilon: c.epsilon, decoupled: false))
    }
}
