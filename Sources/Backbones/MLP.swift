public import Torch
public import TorchNN

/// A network of fully connected layers: [B, in] to [B, out].
public struct MLP: Layer {
    /// Sizes of a network.
    public struct Configuration: Sendable, Hashable {
        /// Size of the input.
        public var inputs = 2
        /// Size of the output.
        public var outputs = 2
        /// Size of the hidden layers.
        public var width = 128
        /// Number of hidden layers.
        public var depth = 3
        /// Function after each hidden layer.
        public var activation = Activation.silu

        /// A network for points of the plane.
        public init() {}

        /// A network of the given sizes.
        public init(inputs: Int, outputs: Int, width: Int, depth: Int, activation: Activation = .silu) {
            self.inputs = inputs
            self.outputs = outputs
            self.width = width
            self.depth = depth
            self.activation = activation
        }
    }

    /// The sizes.
    public let configuration: Configuration
    private let hiddenLayers: [Linear]
    private let output: Linear?

    /// A network with its parameters in `scope`: `layers.0.weight` and so on.
    public init(_ configuration: Configuration, in scope: Scope) {
        self.init(configuration, hasOutput: true, in: scope)
    }

    /// The same, or without the last layer.
    init(_ configuration: Configuration, hasOutput: Bool, in scope: Scope) {
        self.configuration = configuration
        let hidden = [Int](repeating: configuration.width, count: configuration.depth)
        let sizes = [configuration.inputs] + hidden
        hiddenLayers = zip(sizes, hidden).enumerated().map { index, size in
            Linear(size.0, size.1, in: scope / "layers" / index)
        }
        output =
            hasOutput
            ? Linear(sizes[sizes.count - 1], configuration.outputs, in: scope / "layers" / hidden.count) : nil
    }

    /// Applies the network.
    public func callAsFunction(_ x: Tensor) -> Tensor { last(hidden(x)) }

    /// Features behind the last hidden layer [B, width], with a condition [B, width] added before every activation.
    func hidden(_ x: Tensor, condition: Tensor? = nil) -> Tensor {
        hiddenLayers.reduce(x) { x, layer in
            let sum = layer(x)
            return configuration.activation(condition.map { sum + $0 } ?? sum)
        }
    }

    /// The last layer; the features themselves if there is none.
    func last(_ features: Tensor) -> Tensor { output.map { $0(features) } ?? features }
}
