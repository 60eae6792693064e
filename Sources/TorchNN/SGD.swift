public import Torch

/// Gradient descent with momentum, as `torch.optim.SGD` without dampening.
///
///     g = g + decay p        b = momentum b + g        p = p - rate b        (Nesterov: p = p - rate (g + momentum b))
public final class SGD: Optimizer {
    /// Constants; defaults are PyTorch's.
    public struct Configuration: Sendable, Hashable, Codable {
        /// Decay of the running sum of gradients, in [0, 1).
        public var momentum = 0.0
        /// Factor of the parameter that is added to its gradient.
        public var weightDecay = 0.0
        /// Whether the momentum is applied ahead; needs momentum.
        public var nesterov = false

        /// PyTorch's defaults, unless given.
        public init(momentum: Double = 0, weightDecay: Double = 0, nesterov: Bool = false) {
            (self.momentum, self.weightDecay, self.nesterov) = (momentum, weightDecay, nesterov)
        }
    }

    /// The constants.
    public let configuration: Configuration
    /// The parameters that it changes.
    public let parameters: [NamedTensor]
    private let momenta: [Tensor]

    /// An optimiser of these parameters.
    public init(_ parameters: [NamedTensor], _ configuration: Configuration = Configuration()) {
        guard !configuration.nesterov || configuration.momentum > 0 else {
            fatalError("Nesterov's gradient descent needs a momentum above 0.")
        }
        self.parameters = parameters
        self.configuration = configuration
        momenta = configuration.momentum > 0 ? parameters.map { $0.tensor.detach().zerosLike() } : []
    }

    /// An optimiser of all parameters of `store` that require gradients.
    public convenience init(_ store: ParameterStore, _ configuration: Configuration = Configuration()) {
        self.init(store.trained, configuration)
    }

    /// `momentum_buffer` of each parameter; nothing without momentum.
    public var state: [NamedTensor] {
        zip(parameters, momenta).map { ("\($0.name).momentum_buffer", $1) }
    }

    /// Changes all parameters that have a gradient.
    public func step(learningRate: Double) {
        let gradients = withGradients()
        guard !gradients.isEmpty else { return }
        // Buffers start at 0, which gives the same first step as filling them with the first gradient.
        ListOperations.sgdStep(
            parameters: gradients.map { parameters[$0.index].tensor }, gradients: gradients.map(\.gradient),
            momenta: momenta.isEmpty ? [] : gradients.map { momenta[$0.index] }, learningRate: learningRate,
            momentum: configuration.momentum, weightDecay: configuration.weightDecay,
            nesterov: configuration.nesterov, isFirstStep: false)
    }
}
