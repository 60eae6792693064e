public import Torch

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
