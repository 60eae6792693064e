public import Backbones
internal import Foundation
public import Generative
public import Torch

/// A network with two heads in the role of a distance field.
///
///     u = R softplus(h + b),   v = f / sqrt(D)
///
/// f is the head `sample` and h the head `distance` of the network, D the numbers of an example and R the distance of noise
/// from data, so that both heads return numbers of unit size. b lets u begin at the mean distance of training, where h = 0.
public struct DistanceNetwork: DistanceField, Sendable {
    private let network: any ConditionalNetwork
    private let noiseDistance: Double
    private let offset: Double

    /// Heads that a network needs, in this order.
    public static let heads: [NetworkInterface.Head] = [.sample, .scalar("distance")]

    /// A field of a network with ``heads``.
    ///
    /// - Parameters:
    ///   - network: The network, without a time input.
    ///   - noiseDistance: R = sqrt(E|e - y|²) > 0.
    ///   - meanShare: Mean of 1 - t in training, in (0, 1): the mean distance over R.
    public init(_ network: any ConditionalNetwork, noiseDistance: Double, meanShare: Double) {
        guard noiseDistance > 0, meanShare > 0 else {
            fatalError("MarchingRuns: distances are above 0, unlike \(noiseDistance) and \(meanShare) of it")
        }
        (self.network, self.noiseDistance) = (network, noiseDistance)
        offset = log(expm1(meanShare))
    }

    /// Distances u > 0 [B] and directions, shaped like `x` [B, ...], for classes [B].
    public func bearing(at x: Tensor, given labels: Tensor) -> (distance: Tensor, direction: Tensor) {
        let outputs = network(NetworkInput(values: x, labels: labels))
        guard outputs.count == 2, outputs[0].shape == x.shape, outputs[1].shape == [x.shape[0]] else {
            fatalError(
                """
                MarchingRuns: distance marching needs a network with two heads, a direction \(x.shape) and a distance \
                [\(x.shape[0])], not \(outputs.map(\.shape)): build it for an interface with DistanceNetwork.heads
                """)
        }
        let numbers = Double(x.shape.dropFirst().reduce(1, *))
        return (distances(outputs[1]), outputs[0] / numbers.squareRoot())
    }

    /// R softplus(h + b) of h [B].
    ///
    /// In full vectors of the processor: the last few numbers of a batch are computed in another way, and a sample's bits must
    /// not depend on its place.
    private func distances(_ raw: Tensor) -> Tensor {
        let count = raw.shape[0]
        let missing = (64 - count % 64) % 64
        let filled = missing == 0 ? raw : raw.pad([0, missing])
        return ((filled + offset).softplus() * noiseDistance).slice(0, 0, count)
    }
}

/// A network without a time in the role of a model of position and class; the time is not looked at.
struct TimelessNetwork: PredictionModel, Sendable {
    let network: any ConditionalNetwork

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        network(NetworkInput(values: x, labels: labels))[0]
    }
}

/// Classifier-free guidance of any prediction, both branches in one batch.
struct GuidedPrediction<Model: PredictionModel>: PredictionModel where Model.Condition == Tensor {
    let model: Model
    let nullClass: Int
    let scale: Double

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        guard scale != 1 else { return model.predict(x, time: time, given: labels) }
        let none = Tensor.full(labels.shape, Double(nullClass), dtype: labels.dtype, device: labels.device)
        let both = model.predict(
            Tensor.cat([x, x]), time: Tensor.cat([time, time]), given: Tensor.cat([labels, none])
        ).chunk(2)
        return both[1] + (both[0] - both[1]) * scale
    }
}

extension GuidedPrediction: Sendable where Model: Sendable {}
