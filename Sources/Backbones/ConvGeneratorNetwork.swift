public import Torch
public import TorchNN

/// A ``ConvGenerator`` that serves an interface: latent vectors to images, one evaluation per sample, no time.
public struct ConvGeneratorNetwork: ConditionalNetwork {
    private let interface: NetworkInterface
    private let network: ConvGenerator

    /// A network with its parameters in `scope`, those of the generator itself.
    ///
    /// - Parameters:
    ///   - configuration: Latent size, width and condition; the rest comes from the interface.
    ///   - interface: Requirements of the method.
    ///   - scope: Scope of the parameters.
    /// - Throws: ``InterfaceError`` if ``mistake(for:with:)`` finds one.
    public init(_ configuration: ConvGenerator.Configuration, _ interface: NetworkInterface, in scope: Scope) throws {
        try InterfaceError.check("conv_generator", Self.mistake(for: interface, with: configuration))
        self.interface = interface
        network = ConvGenerator(configuration.fitted(to: interface), in: scope)
    }

    /// The size of the latent vector, [latent].
    public var inputShape: [Int] { [network.configuration.latent] }

    /// Images [B, C, H, W] in [-1, 1].
    public func callAsFunction(_ input: NetworkInput) -> [Tensor] {
        let guidance = interface.scalars.isEmpty ? nil : input.scalar(0)
        return [network(input.values, labels: input.labels(for: interface), guidance: guidance)]
    }

    /// A phrase that says why a generator cannot serve an interface, and what can; nil if it can.
    public static func mistake(
        for interface: NetworkInterface, with configuration: ConvGenerator.Configuration = .init()
    ) -> String? {
        if let mistake = interface.mistake { return "cannot be made: \(mistake)" }
        guard interface.map != nil else { return "draws images, not vectors: use mlp" }
        guard interface.time == .none else { return "takes no time: use unet or dit" }
        guard interface.input == .noise else { return "takes latent vectors, not samples: use unet or dit" }
        if let name = interface.scalars.first(where: { $0 != "guidance" }) {
            return "takes no \(name): use unet or dit"
        }
        guard interface.extraChannels == 0 else { return "takes no further channels: use unet or dit" }
        if let name = interface.scalarHeads.first { return "has no output \(name): use unet or dit" }
        let sizes = [configuration.latent, configuration.width, configuration.condition]
        return sizes.allSatisfy { $0 > 0 } ? nil : "cannot be made: a size is not above 0"
    }
}

extension ConvGenerator.Configuration {
    /// The same with the choices of an interface: channels, classes, guidance, and the size, halved as often as possible, down
    /// to 4.
    func fitted(to interface: NetworkInterface) -> Self {
        guard let map = interface.map else { return self }
        var fitted = self
        (fitted.channels, fitted.classes) = (map.channels, interface.labels)
        fitted.guidance = interface.scalars.contains("guidance")
        (fitted.levels, fitted.base) = (0, map.size)
        while fitted.base % 2 == 0, fitted.base > 4 {
            fitted.base /= 2
            fitted.levels += 1
        }
        return fitted
    }
}
