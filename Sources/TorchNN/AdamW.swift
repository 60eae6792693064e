public import Torch

/// Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019, algorithm 2), as `torch.optim.AdamW`.
///
///     m = beta1 m + (1 - beta1) g              v = beta2 v + (1 - beta2) g²
///     p = p - rate decay p - rate (m / (1 - beta1ⁿ)) / (sqrt(v / (1 - beta2ⁿ)) + epsilon)
///
/// Without weight decay it is Adam (Kingma and Ba, ICLR 2015, algorithm 1). One fused call per step. Weight
/// decay applies to every parameter given: use two optimisers to spare some.
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
    /// The parameters that it changes.
    public let parameters: [NamedTensor]
    private let first: [Tensor]
    private let second: [Tensor]
    private let steps: [Tensor]

    /// An optimiser of these parameters.
    public init(_ parameters: [NamedTensor], _ configuration: Configuration = Configuration()) {
        self.parameters = parameters
        self.configuration = configuration
        first = parameters.map { $0.tensor.detach().zerosLike() }
        second = parameters.map { $0.tensor.detach().zerosLike() }
        steps = parameters.map { .zeros([], device: $0.tensor.device) }
    }

    /// An optimiser of all parameters of `store` that require gradients.
    public convenience init(_ store: ParameterStore, _ configuration: Configuration = Configuration()) {
        self.init(store.trained, configuration)
    }

    /// `exp_avg`, `exp_avg_sq` and `step` of each parameter.
    public var state: [NamedTensor] {
        parameters.indices.flatMap { index in
            let name = parameters[index].name
            return [
                ("\(name).exp_avg", first[index]), ("\(name).exp_avg_sq", second[index]),
                ("\(name).step", steps[index]),
            ]
        }
    }

    /// Changes all parameters that have a gradient.
    public func step(learningRate: Double) {
        let gradients = withGradients()
        guard !gradients.isEmpty else { return }
        let (c, chosen) = (configuration, gradients.map(\.index))
        ListOperations.adamWStep(
            parameters: chosen.map { parameters[$0].tensor }, gradients: gradients.map(\.gradient),
            first: chosen.map { first[$0] }, second: chosen.map { second[$0] }, steps: chosen.map { steps[$0] },
            how: ListOperations.AdamW(
                learningRate: learningRate, beta1: c.beta1, beta2: c.beta2, weightDecay: c.weightDecay,
                epsilon: c.epsilon))
    }
}
