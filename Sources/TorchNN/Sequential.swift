public import Torch

/// Layers one after the other.
///
///     let head = Sequential {
///         Linear(64, 128, in: scope / 0)
///         Activation.silu
///         Linear(128, 10, in: scope / 2)
///     }
///
/// Scopes are given explicitly; the numbers above are the names that PyTorch's `nn.Sequential` gives. Conditions and
/// loops may stand between the layers, and a ``Function`` of a tensor.
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
    /// A layer.
    public static func buildExpression(_ layer: some Layer) -> [any Layer] { [layer] }

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
