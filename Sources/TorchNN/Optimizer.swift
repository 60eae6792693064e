public import Torch

/// What changes parameters by their gradients.
///
///     optimizer.zeroGradients()
///     loss.backward()
///     clipGradients(of: store, globalNorm: 2)
///     optimizer.step(learningRate: rate(at: step))
public protocol Optimizer: AnyObject {
    /// The parameters that it changes, with their names.
    var parameters: [NamedTensor] { get }

    /// What it remembers between steps, as `<parameter>.<quantity>` with PyTorch's names of the quantities, sorted.
    ///
    /// The tensors are the optimiser's own, not copies.
    var state: [NamedTensor] { get }

    /// Changes all parameters that have a gradient.
    ///
    /// - Parameter learningRate: Length of the step.
    func step(learningRate: Double)
}

extension Optimizer {
    /// Forgets the gradients of the last step.
    public func zeroGradients() {
        for (_, tensor) in parameters { tensor.grad = nil }
    }

    /// Continues from a saved ``state``, bit for bit.
    ///
    /// - Parameters:
    ///   - saved: Tensors by name; all of the state must be there, and nothing else.
    ///   - source: What to call their origin in an error, such as the name of a file.
    /// - Throws: ``/Torch/TorchError`` that lists everything that does not fit; the state is then unchanged.
    public func restore(_ saved: [String: Tensor], from source: String = "the optimiser's state") throws {
        try StateMatch(saved, to: state, from: source).copy()
    }

    /// The parameters that have a gradient, by their index, and the gradients.
    func withGradients() -> [(index: Int, gradient: Tensor)] {
        parameters.enumerated().compactMap { index, parameter in
            parameter.tensor.grad.map { (index, $0) }
        }
    }
}

extension ParameterStore {
    /// The parameters that an optimiser changes.
    var trained: [NamedTensor] { parameters.filter(\.tensor.requiresGrad) }
}
