internal import Backbones
internal import Torch
internal import TorchNN

/// The features of ConvNeXt V2.
enum ConvNeXtCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let networks = TrialNetworks { dtype in
            let store = ParameterStore(seed: Seed(0), dtype: dtype)
            let network = ConvNeXtV2(try configuration(file), in: store.root)
            try file.parameters(in: "params/").load(into: store, renaming: ConvNeXtV2.parameterName(ofReleased:))
            return (store, network)
        }
        recorder.check("features", in: [.float32]) { trial, comparisons in
            let network = try networks.network(trial)
            var sizes = Sizes()
            let images = try file.image("in/x", "B H W \(network.configuration.channels)", &sizes)
            let features = withoutGradients { network.features(ofNormalised: trial.input(images, "x")) }
            let byName = Dictionary(features.map { ($0.name, $0.tensor) }) { first, _ in first }
            for name in file.names(in: "act/") {
                try compare(name, byName, file, comparisons)
            }
        }
    }

    private static func compare(
        _ name: String, _ features: [String: Tensor], _ file: VectorFile, _ comparisons: CaseComparisons
    ) throws {
        // `FEATURE/tokens_every7` holds every seventh location.
        let parts = name.split(separator: "/").map(String.init)
        guard var ours = features[parts[0]] else {
            throw VerificationError("\(file.name): the encoder has no feature '\(parts[0])'.")
        }
        if let step = parts.dropFirst().first.flatMap({ Int($0.drop { !$0.isNumber }) }), step > 0 {
            ours = ours.slice(1, 0, step: step)
        }
        try comparisons.compare(name, ours, file["act/\(name)"], .forward())
    }

    private static func configuration(_ file: VectorFile) throws -> ConvNeXtV2.Configuration {
        var configuration = ConvNeXtV2.Configuration()
        (configuration.depths, configuration.widths) = (try file.numbers("depths"), try file.numbers("dims"))
        guard configuration.depths.count == configuration.widths.count else {
            throw VerificationError("manifest.json: depths and dims of \(file.name) do not name the same stages.")
        }
        return configuration
    }
}
