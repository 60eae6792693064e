public import Generative
public import Torch

/// What a class-conditional generator is told.
public struct ClassCondition: Sendable {
    /// Classes [N], int64.
    public var labels: Tensor
    /// Guidance strengths [N]; 1 if absent.
    public var guidance: Tensor?

    /// A condition for N samples.
    public init(labels: Tensor, guidance: Tensor? = nil) {
        self.labels = labels
        self.guidance = guidance
    }
}

extension ClassCondition: RecordableBatch {
    /// The condition with labels and guidance replaced.
    public func mapTensors(_ transform: (Tensor) -> Tensor) -> ClassCondition {
        ClassCondition(labels: transform(labels), guidance: guidance.map(transform))
    }
}

/// A network in the role of a one-step generator.
public struct GeneratorNetwork: OneStepGenerator, Sendable {
    /// Classes and guidance.
    public typealias Condition = ClassCondition

    /// Size of the latent vector.
    public let latent: Int
    /// Whether the guidance strength is an input.
    public let isGuided: Bool
    private let network: @Sendable (Tensor, ClassCondition) -> Tensor

    /// Brings a network to the role.
    public init(
        latent: Int, isGuided: Bool,
        _ network: @escaping @Sendable (_ noise: Tensor, _ condition: ClassCondition) -> Tensor
    ) {
        self.latent = latent
        self.isGuided = isGuided
        self.network = network
    }

    /// Samples [N, ...] from latent vectors [N, latent].
    public func generate(from noise: Tensor, given condition: ClassCondition) -> Tensor { network(noise, condition) }

    /// The condition of some samples of a batch.
    public static func select(_ indices: Tensor, from condition: ClassCondition) -> ClassCondition {
        ClassCondition(
            labels: condition.labels.indexSelect(0, indices), guidance: condition.guidance?.indexSelect(0, indices))
    }
}
