public import Torch
public import TorchNN

/// A ``DiT`` that serves an interface: noise or samples to maps, with or without time.
public struct DiTNetwork: ConditionalNetwork {
    private let interface: NetworkInterface
    private let network: DiT

    /// A network with its parameters in `scope`, those of the transformer itself.
    ///
    /// - Parameters:
    ///   - configuration: Sizes and options; classes, size, channels, time, heads and the like come from the interface.
    ///   - interface: Requirements of the method.
    ///   - scope: Scope of the parameters.
    /// - Throws: ``InterfaceError`` if ``mistake(for:with:)`` finds one.
    public init(_ configuration: DiT.Configuration, _ interface: NetworkInterface, in scope: Scope) throws {
        try InterfaceError.check("dit", Self.mistake(for: interface, with: configuration))
        self.interface = interface
        network = DiT(configuration.fitted(to: interface), in: scope)
    }

    /// [latent] if the interface brings noise, which also chooses the styles; else [C, H, W].
    public var inputShape: [Int] {
        interface.input == .noise ? [network.configuration.latent] : interface.shape.dimensions
    }

    /// Samples [B, C, H, W], unbounded, and scalars [B], in the interface's order.
    public func callAsFunction(_ input: NetworkInput) -> [Tensor] {
        var input = input
        var style: Tensor?
        if interface.input == .noise { (input.values, style) = network.noiseAndStyle(of: input.values) }
        var terms = DiT.Terms(labels: input.labels(for: interface), style: style)
        for (index, name) in interface.scalars.enumerated() {
            if name == "guidance" {
                terms.guidance = input.scalar(index)
            } else {
                terms.scalars.append(input.scalar(index))
            }
        }
        if interface.time != .none { terms.time = input.requiredTime() }
        return network.outputs(of: input.joined(extraChannels: interface.extraChannels), terms) { _, _ in }
    }

    /// A phrase that says why a transformer of these sizes cannot serve an interface, and what to change; nil if it can.
    public static func mistake(
        for interface: NetworkInterface, with configuration: DiT.Configuration = .init()
    ) -> String? {
        if let mistake = interface.mistake { return "cannot be made: \(mistake)" }
        guard let map = interface.map else { return "takes maps, not vectors: use mlp" }
        guard interface.input == .noise || configuration.styleCount == 0 else {
            return "chooses styles by noise, which is no input here: set styles to 0"
        }
        guard configuration.patch > 0, map.size % configuration.patch == 0 else {
            return """
                cuts samples into patches of \(configuration.patch), but they are \(map.size) x \(map.size): change patch
                """
        }
        return configuration.fitted(to: interface).mistake.map { "cannot be made: \($0)" }
    }
}

extension DiT.Configuration {
    /// The same with the choices of an interface.
    func fitted(to interface: NetworkInterface) -> Self {
        guard let map = interface.map else { return self }
        var fitted = self
        (fitted.size, fitted.channels, fitted.outputChannels) = (map.size, map.channels, map.channels)
        (fitted.classes, fitted.nullClass) = (interface.classes, interface.nullClass)
        fitted.guidance = interface.scalars.contains("guidance")
        fitted.scalars = interface.scalars.filter { $0 != "guidance" }
        (fitted.time, fitted.extraChannels) = (interface.time, interface.extraChannels)
        fitted.outputs = interface.heads
        return fitted
    }
}
