public import Torch

/// A network, or part of one, that makes one tensor of one tensor.
///
/// Layers with more inputs, such as conditional blocks, are structs of their own and need no protocol.
public protocol Layer: Sendable {
    /// Applies the layer.
    func callAsFunction(_ x: Tensor) -> Tensor
}

/// A function without parameters between layers.
public enum Activation: String, Layer, Hashable, CaseIterable, Codable {
    case identity, relu, silu, gelu, tanh, sigmoid, softplus
    /// The approximation of GELU by tanh.
    case geluTanh = "gelu_tanh"
    /// Slope 0.2 for negative numbers.
    case leakyRelu = "leaky_relu"

    /// Applies the function to each element.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .identity: x
        case .relu: x.relu()
        case .silu: x.silu()
        case .gelu: x.gelu()
        case .geluTanh: x.gelu(tanhApproximation: true)
        case .tanh: x.tanh()
        case .sigmoid: x.sigmoid()
        case .softplus: x.softplus()
        case .leakyRelu: x.leakyRelu(slope: 0.2)
        }
    }
}

/// Layers one after the other.
///
///     let head = Sequential {
///         Linear(64, 128, in: scope / 0)
///         Activation.silu
///         Linear(128, 10, in: scope / 2)
///     }
///
/// Scopes are given explicitly; the numbers above are the names that PyTorch's `nn.Sequential` gives. Functions of a tensor,
/// conditions and loops may stand between the layers.
public struct Sequential: Layer {
    /// The layers in the order of application.
    public let layers: [any Layer]

    /// The layers that `layers` lists.
    public init(@SequentialBuilder _ layers: () -> [any Layer]) {
        self.layers = layers()
    }

    /// Applies the layers in order.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        layers.reduce(x) { x, layer in layer(x) }
    }
}

/// Collects the layers of a ``Sequential``.
@resultBuilder
public enum SequentialBuilder {
    private struct Function: Layer {
        let body: @Sendable (Tensor) -> Tensor
        func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
    }

    /// A layer.
    public static func buildExpression(_ layer: some Layer) -> [any Layer] { [layer] }

    /// A function of a tensor.
    public static func buildExpression(_ function: @escaping @Sendable (Tensor) -> Tensor) -> [any Layer] {
        [Function(body: function)]
    }

    /// Layers in order.
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap(\.self) }

    /// Layers under a condition.
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }

    /// Layers if a condition holds.
    public static func buildEither(first part: [any Layer]) -> [any Layer] { part }

    /// Layers if a condition does not hold.
    public static func buildEither(second part: [any Layer]) -> [any Layer] { part }

    /// Layers of a loop.
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap(\.self) }
}
