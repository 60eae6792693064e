internal import Backbones
internal import Generative
internal import Torch

/// A network in the role of a model of position, time and class.
struct FlowNetwork: PredictionModel, Sendable {
    let network: any ConditionalNetwork

    /// The prediction at positions x [B, ...] and times [B] for classes [B].
    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        network(NetworkInput(values: x, labels: labels, time: time))[0]
    }
}
