public import Torch
public import TorchNN

/// The U-Net of ADM: a convolutional network with skips between equal sizes that predicts a map of a map.
///
/// Dhariwal and Nichol, arXiv 2105.05233, section 3, after Ronneberger et al., MICCAI 2015.
///
///     down   level by level: residual blocks, attention where maps are small, a convolution with stride 2
///     middle block, attention, block
///     up     level by level: blocks that also see the results of the way down, attention, enlargement
///
/// Time, class and further numbers are one vector that scales and shifts the second norm of every block. The last
/// convolution, and the second of every block, are 0 at first: an untrained network predicts zeros.
///
/// Enlargements are ``GrowingConvolution``s; everything is stored channels last with the fused norm, so that it runs at the
/// speed of convolutions. Parameters are named as in guided-diffusion (`input_blocks.4.0.in_layers.2.weight`), beside
/// `time`, `classes`, `guidance`, `scalars.NAME` and `heads.NAME`.
public struct UNet: ConditionalNetwork {
    /// The sizes.
    public let configuration: Configuration
    /// The interface that it serves.
    public let interface: NetworkInterface
    private let condition: ConditionEmbedding?
    private let encoder: UNetEncoder
    private let decoder: UNetDecoder?
    private let heads: [String: UNetScalarHead]

    /// A network with its parameters in `scope`.
    ///
    /// - Throws: ``InterfaceError`` if ``mistake(for:with:)`` finds one.
    public init(_ configuration: Configuration, _ interface: NetworkInterface, in scope: Scope) throws {
        try InterfaceError.check("unet", Self.mistake(for: interface, with: configuration))
        guard let map = interface.map else { fatalError("Backbones: a U-Net of vectors") }
        (self.configuration, self.interface) = (configuration, interface)
        condition = ConditionEmbedding(interface, width: configuration.condition, in: scope)
        let parts = UNetParts(configuration, size: map.size, isConditional: condition != nil)
        let inputs = map.channels + interface.extraChannels
        encoder = UNetEncoder(parts, inputs: inputs, in: scope)
        decoder =
            interface.heads.contains(.sample)
            ? UNetDecoder(parts, skips: encoder.skips, outputs: map.channels, in: scope) : nil
        heads = Dictionary(
            uniqueKeysWithValues: interface.scalarHeads.map { name in
                let head = UNetScalarHead(
                    inputs, trunk: parts.channels.last ?? 0, width: configuration.width, in: scope / "heads" / name)
                return (name, head)
            })
    }

    /// [C, H, W], or [C H W] if the interface brings noise.
    public var inputShape: [Int] {
        interface.input == .noise ? [interface.shape.count] : interface.shape.dimensions
    }

    /// Samples [B, C, H, W], unbounded, and scalars [B], in the interface's order.
    public func callAsFunction(_ input: NetworkInput) -> [Tensor] { self(input, dropoutUsing: nil) }

    /// The same with dropout.
    ///
    /// - Parameters:
    ///   - input: Of B examples.
    ///   - source: Chance for dropout; none if nil.
    public func callAsFunction(_ input: NetworkInput, dropoutUsing source: RandomSource?) -> [Tensor] {
        var input = input
        input.values = input.values.reshape([input.batch] + interface.shape.dimensions)
        let pixels = input.joined(extraChannels: interface.extraChannels).contiguous(.channelsLast)
        // Once for all blocks: each modulation is linear in it.
        let condition = condition.map { $0(input).silu() }
        let (trunk, skips) = encoder(pixels, condition, using: source)
        return interface.heads.map { head in
            if case .scalar(let name) = head, let head = heads[name] { return head(pixels, trunk: trunk) }
            guard let decoder else { fatalError("Backbones: the U-Net has no decoder") }
            return decoder(trunk, skips, condition, using: source)
        }
    }

    /// A phrase that says why a network of these sizes cannot serve an interface, and what can; nil if it can.
    public static func mistake(
        for interface: NetworkInterface, with configuration: Configuration = Configuration()
    ) -> String? {
        if let mistake = interface.mistake ?? configuration.mistake { return "cannot be made: \(mistake)" }
        guard let map = interface.map else { return "takes maps, not vectors: use mlp" }
        let step = 1 << configuration.halvings
        guard map.size % step == 0 else {
            return """
                halves height and width \(configuration.halvings) times, but \(map.size) is not a multiple of \(step): use \
                fewer multipliers
                """
        }
        return nil
    }
}
