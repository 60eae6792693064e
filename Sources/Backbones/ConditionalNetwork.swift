public import Torch

/// A network that serves a ``NetworkInterface``, whatever it is made of.
public protocol ConditionalNetwork: Sendable {
    /// Shape of one input without the batch: [latent], or that of the data.
    var inputShape: [Int] { get }

    /// One tensor per head, in the interface's order, float32: samples [B, ...] and scalars [B].
    func callAsFunction(_ input: NetworkInput) -> [Tensor]
}

/// Input of a ``ConditionalNetwork`` for B examples.
public struct NetworkInput: Sendable {
    /// Latent vectors [B, latent], or samples [B, ...] in the shape of the data.
    public var values: Tensor
    /// Classes [B], int64; the null class if absent, or the only class.
    public var labels: Tensor?
    /// Times [B]; required if the interface has a time.
    public var time: Tensor?
    /// Further numbers, each [B], in the interface's order; those missing at the end are taken as 1.
    public var scalars: [Tensor]
    /// Further channels [B, extra, H, W], or numbers [B, extra] beside vectors; required if the interface has them.
    public var extra: Tensor?

    /// An input of these parts.
    public init(
        values: Tensor, labels: Tensor? = nil, time: Tensor? = nil, scalars: [Tensor] = [], extra: Tensor? = nil
    ) {
        (self.values, self.labels, self.time, self.scalars, self.extra) = (values, labels, time, scalars, extra)
    }
}

/// An interface that a network of some configuration cannot serve.
public struct InterfaceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Name of the network, such as "mlp".
    public let network: String
    /// A phrase that says what it cannot do and what can: "takes no time: use unet, dit or mlp".
    public let mistake: String

    /// The network and the phrase, such as "mlp takes vectors, not maps: use unet or dit".
    public var description: String { "\(network) \(mistake)" }

    /// Throws if there is a mistake.
    static func check(_ network: String, _ mistake: String?) throws {
        if let mistake { throw InterfaceError(network: network, mistake: mistake) }
    }
}

// MARK: - For networks

extension NetworkInput {
    /// B.
    var batch: Int { values.shape[0] }

    /// Classes [B] for an interface: those given, or the null class, or the only one.
    func labels(for interface: NetworkInterface) -> Tensor {
        if let labels {
            demand(labels.shape == [batch], "labels have shape \(labels.shape), not [\(batch)] as the batch")
            return labels
        }
        demand(
            interface.nullClass || interface.classes == 1, "labels are missing: there are \(interface.classes) classes")
        let label = interface.nullClass ? interface.classes : 0
        return .full([batch], Double(label), dtype: .int64, device: values.device)
    }

    /// Times [B].
    func requiredTime() -> Tensor {
        guard let time else { fatalError("Backbones: the network has a time input, but no time was given") }
        demand(time.shape == [batch], "times have shape \(time.shape), not [\(batch)] as the batch")
        return time
    }

    /// The scalar at `index` of the interface, [B]; ones if it is missing.
    func scalar(_ index: Int) -> Tensor {
        guard index < scalars.count else { return .ones([batch], device: values.device) }
        let shape = scalars[index].shape
        demand(shape == [batch], "the scalar \(index) has shape \(shape), not [\(batch)] as the batch")
        return scalars[index]
    }

    /// Values with the further channels behind theirs.
    func joined(extraChannels: Int) -> Tensor {
        guard extraChannels > 0 else { return values }
        guard let extra else { fatalError("Backbones: the \(extraChannels) further channels of the input are missing") }
        demand(
            extra.shape.dropFirst().first == extraChannels, "\(extra.shape) are not \(extraChannels) further channels")
        return Tensor.cat([values, extra.to(values.dtype)], 1)
    }
}
