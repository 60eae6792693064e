internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Times one network evaluation, the cost of a batch of samples from a one-step generator.
struct BenchSample: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Time the evaluation that draws a batch of samples.")

    @Option(help: "The demo's generator (conv) or a published transformer, with random weights.")
    var network = SampledNetwork.conv

    @Option(
        help: ArgumentHelp(
            "YAML file with the settings of a run whose network is timed instead. [default: none]", valueName: "file"))
    var config: String?

    @Option(help: "Samples in a batch.")
    var batch = 64

    @OptionGroup var rounds: BenchRounds

    func validate() throws {
        guard batch >= 1 else { throw ValidationError("--batch must be at least 1, not \(batch).") }
    }

    func run() throws {
        let device = try rounds.chosenDevice
        let store = ParameterStore(seed: Seed(0), device: device)
        let draw = try generator(in: store.root)
        // Noise, labels and what comes of them in the last layer, at least.
        let bytes = 4 * 4 * Double(draw.input.reduce(1, *)) + 32
        try Room.require(Double(batch) * bytes, for: "--batch: \(batch) samples at a time", advice: "Reduce it.")
        let source = RandomSource(Seed(0))
        let labels = Tensor((0..<batch).map { $0 % draw.classes }, device: device)
        let before = ResidentMemory.beginning()
        // One scope around all: it converts each weight once, as for the batches of one call of `pushforward sample`.
        let seconds = try withoutGradients {
            try withAutocast(TrainingSettings.Precision.auto.dtype(on: device), on: device) {
                try rounds.time {
                    let noise = Tensor.randn([batch] + draw.input, using: source).to(device)
                    return BenchRounds.seconds(on: device) { draw.samples(noise, labels) }
                }
            }
        }
        try rounds.show(BenchReport(seconds, samples: batch, since: before))
    }

    private func generator(in scope: Scope) throws -> SampledNetwork.Generator {
        guard let config else { return network.generator(in: scope) }
        let settings = try RunSettings().reading(file: config)
        let layout = try DataLayout(settings.data)
        let interface = settings.method.interface(for: layout)
        let network = try settings.network.network(for: interface, in: scope)
        let hasTime = interface.time != .none
        return (
            network.inputShape, layout.classes,
            { values, labels in
                let time = hasTime ? Tensor.full([labels.shape[0]], 0.5, device: labels.device) : nil
                return network(NetworkInput(values: values, labels: labels, time: time))[0]
            }
        )
    }
}

/// Networks whose evaluation is timed.
enum SampledNetwork: String, CaseIterable, ExpressibleByArgument {
    /// The demo's generator.
    case conv
    /// B/2 and L/2 on latents, B/16 and L/16 on pixels, of arXiv 2602.04770.
    case ditB2 = "dit-b2"
    case ditL2 = "dit-l2"
    case ditB16 = "dit-b16"
    case ditL16 = "dit-l16"

    /// Shape of an input, number of classes, and outputs of inputs [B, ...] and labels [B].
    typealias Generator = (input: [Int], classes: Int, samples: (Tensor, Tensor) -> Tensor)

    func generator(in scope: Scope) -> Generator {
        switch self {
        case .conv:
            let network = ConvGenerator(ConvGenerator.Configuration(), in: scope)
            return ([network.configuration.latent], network.configuration.classes, { network($0, labels: $1) })
        case .ditB2: return Self.transformer(.base2, in: scope)
        case .ditL2: return Self.transformer(.large2, in: scope)
        case .ditB16: return Self.transformer(.base16, in: scope)
        case .ditL16: return Self.transformer(.large16, in: scope)
        }
    }

    private static func transformer(_ preset: DiT.Preset, in scope: Scope) -> Generator {
        let network = DiT(preset.configuration, in: scope)
        return ([network.configuration.latent], network.configuration.classes, { network(latent: $0, labels: $1) })
    }
}
