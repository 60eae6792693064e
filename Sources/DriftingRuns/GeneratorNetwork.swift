public import Backbones
public import Generative
public import Torch

/// Class and guidance strength of each sample.
public struct GeneratorCondition: RecordableBatch, Sendable {
    /// Classes [N], int64.
    public var labels: Tensor
    /// Guidance strengths [N]; 1 if absent.
    public var guidance: Tensor?

    /// A condition for N samples.
    public init(labels: Tensor, guidance: Tensor? = nil) {
        self.labels = labels
        self.guidance = guidance
    }

    /// The condition with labels and guidance replaced.
    public func mapTensors(_ transform: (Tensor) -> Tensor) -> GeneratorCondition {
        GeneratorCondition(labels: transform(labels), guidance: guidance.map(transform))
    }
}

/// A network in the role of a one-step generator.
public struct GeneratorNetwork: OneStepGenerator, Sendable {
    private let network: any ConditionalNetwork

    /// Brings a network to the role.
    public init(_ network: any ConditionalNetwork) { self.network = network }

    /// Samples [N, ...] from standard normal noise [N, latent].
    public func generate(from noise: Tensor, given condition: GeneratorCondition) -> Tensor {
        let strengths = condition.guidance.map { [$0] } ?? []
        return network(NetworkInput(values: noise, labels: condition.labels, scalars: strengths))[0]
    }

    /// The condition of some samples of a batch.
    public static func select(_ indices: Tensor, from condition: GeneratorCondition) -> GeneratorCondition {
        GeneratorCondition(
            labels: condition.labels.indexSelect(0, indices), guidance: condition.guidance?.indexSelect(0, indices))
    }
}
