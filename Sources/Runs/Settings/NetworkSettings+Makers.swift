internal import Backbones
internal import TorchNN

extension ConvGeneratorSettings: NetworkMaker {
    private var configuration: ConvGenerator.Configuration {
        var configuration = ConvGenerator.Configuration()
        (configuration.latent, configuration.width, configuration.condition) = (latent, width, condition)
        return configuration
    }

    func mistake(for interface: NetworkInterface) -> String? {
        ConvGeneratorNetwork.mistake(for: interface, with: configuration)
    }

    func network(for interface: NetworkInterface, in scope: Scope) throws -> any ConditionalNetwork {
        try ConvGeneratorNetwork(configuration, interface, in: scope)
    }
}

extension DiTSettings: NetworkMaker {
    func mistake(for interface: NetworkInterface) -> String? { DiTNetwork.mistake(for: interface, with: sizes) }

    func network(for interface: NetworkInterface, in scope: Scope) throws -> any ConditionalNetwork {
        try DiTNetwork(sizes, interface, in: scope)
    }
}

extension MLPSettings: NetworkMaker {
    private var configuration: MLP.Configuration {
        MLP.Configuration(inputs: latent, outputs: latent, width: width, depth: depth)
    }

    func mistake(for interface: NetworkInterface) -> String? { MLPNetwork.mistake(for: interface, with: configuration) }

    func network(for interface: NetworkInterface, in scope: Scope) throws -> any ConditionalNetwork {
        try MLPNetwork(configuration, interface, in: scope)
    }
}

extension UNetSettings: NetworkMaker {
    func mistake(for interface: NetworkInterface) -> String? { UNet.mistake(for: interface, with: sizes) }

    func network(for interface: NetworkInterface, in scope: Scope) throws -> any ConditionalNetwork {
        try UNet(sizes, interface, in: scope)
    }
}
