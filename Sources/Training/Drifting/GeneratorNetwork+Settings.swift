internal import Backbones
public import TorchNN

extension GeneratorNetwork {
    /// The network that the settings of a run describe.
    ///
    /// - Parameters:
    ///   - settings: Of the run.
    ///   - data: What it learns, for channels, classes and size.
    ///   - scope: Where the parameters are.
    public init(_ settings: RunSettings, for data: DataLayout, in scope: Scope) {
        switch settings.model {
        case .convGenerator(let sizes):
            let network = ConvGenerator(Self.configuration(sizes, settings, data), in: scope)
            self.init(latent: sizes.latent, isGuided: settings.isGuided) {
                network($0, labels: $1.labels, guidance: $1.guidance)
            }
        case .dit(let sizes):
            let network = DiT(sizes.configuration(for: data, isGuided: settings.isGuided), in: scope)
            self.init(latent: network.configuration.latent, isGuided: settings.isGuided) {
                network(latent: $0, labels: $1.labels, guidance: $1.guidance)
            }
        case .mlp(let sizes):
            let network = MLP(
                .init(inputs: sizes.latent, outputs: 2, width: sizes.width, depth: sizes.depth), in: scope)
            self.init(latent: sizes.latent, isGuided: false) { noise, _ in network(noise) }
        }
    }

    private static func configuration(
        _ sizes: ConvGeneratorSettings, _ settings: RunSettings, _ data: DataLayout
    ) -> ConvGenerator.Configuration {
        var configuration = ConvGenerator.Configuration()
        configuration.channels = data.channels
        configuration.classes = data.classes
        configuration.latent = sizes.latent
        configuration.width = sizes.width
        configuration.condition = sizes.condition
        configuration.guidance = settings.isGuided
        // The coarsest level is the size halved as often as it can be, down to 4.
        configuration.levels = 0
        configuration.base = data.size
        while configuration.base % 2 == 0, configuration.base > 4 {
            configuration.base /= 2
            configuration.levels += 1
        }
        return configuration
    }
}

extension RunSettings {
    /// Whether guidance is trained, and so can be chosen when sampling.
    public var isGuided: Bool {
        switch objective {
        case .drifting(let settings): settings.guidance != nil
        }
    }
}
