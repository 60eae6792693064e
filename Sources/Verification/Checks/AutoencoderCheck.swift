internal import Artifacts
internal import Backbones
internal import Drifting
internal import Features
internal import Foundation
internal import Torch
internal import TorchNN

/// The masked autoencoder and its encoder: features, predictions, losses, gradients.
enum AutoencoderCheck {
    static func runActivations(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let parameters = try vectors.open("mae/params.safetensors.gz")
        let networks = TrialNetworks { try autoencoder(parameters, $0) }
        var sizes = Sizes()
        let images = try file.image("in/x", "B H W C", &sizes)
        for group in file.groups where group != "in" {
            // The release's default is every second block; other groups say theirs.
            let every = group == "act" ? 2 : Int(group.dropFirst())
            recorder.check(group, in: [.float32, .float64]) { trial, comparisons in
                let encoder = ReleasedEncoder(try networks.network(trial).encoder, everyBlock: every)
                try compareFeatures(file, group, encoder, trial.input(images, "x"), comparisons)
            }
        }
    }

    static func runPixelEncoder(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let configuration = try encoderConfiguration(file)
        let encoders = TrialNetworks { try encoder(configuration, file.parameters(in: "params/"), $0) }
        var sizes = Sizes()
        let images = try file.image("in/x", "B H W \(configuration.channels)", &sizes)
        recorder.check("patches") { comparisons in
            let patches = ResNetEncoder.patchify(images, configuration.patch)
            try comparisons.compare("patches", patches.permute(0, 2, 3, 1), file["patched"], .exact)
        }
        recorder.check("act", in: [.float32, .float64]) { trial, comparisons in
            let encoder = ReleasedEncoder(try encoders.network(trial), everyBlock: 2)
            try compareFeatures(file, "act", encoder, trial.input(images, "x"), comparisons)
        }
    }

    static func runLosses(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let parameters = try vectors.open("mae/params.safetensors.gz")
        let networks = TrialNetworks { try autoencoder(parameters, $0) }
        for name in file.groups where file.tensors["\(name)/mask"] != nil {
            if file.tensors["\(name)/mask_ratio_drawn"] != nil {
                recorder.skip("\(name)/mask_ratio_drawn", because: "masks are taken from the file, not drawn again")
            }
            recorder.check(name, in: [.float32, .float64]) { trial, comparisons in
                let (store, network) = try networks.pair(trial)
                let example = try Example(name, file, network.configuration, trial)
                try compareLosses(example, network, comparisons)
                guard !file.names(in: "\(name)/grad/").isEmpty else { return }
                try compareGradients(example, store, network, comparisons)
            }
        }
    }

    // MARK: Networks

    /// The autoencoder that a file of parameters describes, and its store.
    private static func autoencoder(_ file: VectorFile, _ dtype: DType) throws -> (ParameterStore, MaskedAutoencoder) {
        var configuration = MaskedAutoencoder.Configuration()
        configuration.encoder = try encoderConfiguration(file)
        configuration.classes = try file.number("num_classes")
        configuration.decoderGroups = 32
        guard configuration.encoder.width % 32 == 0 else {
            throw VerificationError("manifest.json: base_channels of \(file.name) must be a multiple of 32.")
        }
        let store = ParameterStore(seed: Seed(0), dtype: dtype)
        let network = MaskedAutoencoder(configuration, in: store.root)
        try file.parameters().load(
            into: store, allowing: [.dtypeConversion], renaming: MaskedAutoencoder.parameterName(ofReleased:))
        return (store, network)
    }

    /// The sizes of an encoder in the words of the release.
    static func encoderConfiguration(_ file: VectorFile) throws -> ResNetEncoder.Configuration {
        var configuration = ResNetEncoder.Configuration.released(
            width: try file.number("base_channels"), channels: try file.number("in_channels"),
            patch: try file.number("input_patch_size"))
        configuration.blocks = try file.numbers("layers")
        configuration.strides = configuration.blocks.indices.map { $0 == 0 ? 1 : 2 }
        return configuration
    }

    /// The encoder with parameters of the release.
    static func encoder(
        _ configuration: ResNetEncoder.Configuration, _ parameters: ReleasedParameters, _ dtype: DType = .float32
    ) throws -> (ParameterStore, ResNetEncoder) {
        let store = ParameterStore(seed: Seed(0), dtype: dtype)
        let encoder = ResNetEncoder(configuration, in: store.root / "encoder")
        try parameters.load(
            into: store, allowing: [.dtypeConversion], renaming: MaskedAutoencoder.parameterName(ofReleased:))
        store.freeze()
        return (store, encoder)
    }

    // MARK: Comparisons

    private static func compareFeatures(
        _ file: VectorFile, _ group: String, _ encoder: ReleasedEncoder, _ images: Tensor,
        _ comparisons: CaseComparisons
    ) throws {
        let names = file.names(in: "\(group)/")
        var selection = FeatureSelection()
        (selection.pixels, selection.inputNorm) = (false, true)
        // Whatever sides the names speak of: `layer2_mean_4`.
        selection.patchSizes = Set(names.compactMap { Int($0.split(separator: "_").last ?? "") }).sorted()
        let vectors = withoutGradients { selection.vectors(of: images, encoder: encoder) }
        let byName = Dictionary(vectors.map { ($0.name, $0.values) }) { first, _ in first }
        for name in names {
            guard let ours = byName[name] else {
                throw VerificationError("\(file.name): the encoder has no feature '\(name)'.")
            }
            try comparisons.compare(name, ours, file["\(group)/\(name)"], .forward())
        }
    }

    private static func compareLosses(
        _ example: Example, _ network: MaskedAutoencoder, _ comparisons: CaseComparisons
    ) throws {
        let (file, name) = (example.file, example.name)
        let prediction = withoutGradients { network(example.images, mask: example.mask) }
        try comparisons.compare(
            "reconstruction", prediction.reconstruction.permute(0, 2, 3, 1), file["\(name)/recon"], .forward())
        try comparisons.compare("logits", prediction.logits, file["\(name)/logits"], .forward())
        let losses = withoutGradients {
            network.losses(of: example.images, mask: example.mask, labels: example.labels)
        }
        let loss = example.loss(of: losses)
        let accuracy = (losses.logits.argmax(1) .== example.labels).to(.float32)
        let metrics: [(String, Tensor)] = [
            ("loss", loss), ("metric/loss", loss), ("metric/recon_loss", losses.reconstruction),
            ("metric/cls_loss", losses.classification), ("metric/accuracy", accuracy),
            ("metric/mask_ratio", example.mask.mean([1, 2, 3])),
        ]
        for (key, value) in metrics {
            guard let expected = file.tensors["\(name)/\(key)"] else { continue }
            try comparisons.compare(key, value, expected, .forward())
        }
    }

    /// Gradients value by value, and in float32 also as a whole: where an input of a ReLU is 0 but for rounding, its
    /// derivative is a matter of chance, and one such place changes the gradients of all layers before it a little.
    private static func compareGradients(
        _ example: Example, _ store: ParameterStore, _ network: MaskedAutoencoder, _ comparisons: CaseComparisons
    ) throws {
        let renaming = MaskedAutoencoder.parameterName(ofReleased:)
        for parameter in store.tensors { parameter.grad = nil }
        let losses = network.losses(of: example.images, mask: example.mask, labels: example.labels)
        example.loss(of: losses).mean().backward()
        let prefix = "\(example.name)/grad/"
        if store.dtype == .float32 {
            try comparisons.compareParameters(
                of: store, example.file, in: prefix, "whole gradient of", .ofLength(0.05), renaming: renaming
            ) { $0.grad }
        }
        try comparisons.compareGradients(of: store, example.file, in: prefix, renaming: renaming)
        try comparisons.compareLengths(
            of: store, example.file, "\(example.name)/grad_l2_sorted",
            keys: example.file.config["grad_l2_sorted_keys"], renaming: renaming
        ) { $0.grad }
    }

    /// Inputs and draws of the release.
    private struct Example {
        let name: String
        let file: VectorFile
        let images: Tensor
        let labels: Tensor
        let mask: Tensor
        let classifierWeight: Double

        init(_ name: String, _ file: VectorFile, _ network: MaskedAutoencoder.Configuration, _ trial: Trial) throws {
            let patch = network.encoder.patch
            var sizes = Sizes()
            (self.name, self.file) = (name, file)
            images = trial.input(try file.image("in/x", "B H W C", &sizes), "x")
            labels = try file.indices("in/labels", "B", below: network.classes, &sizes)
            let layout = "B \(sizes["H"] / patch) \(sizes["W"] / patch) 1"
            mask = try file.image("\(name)/mask", layout, &sizes).to(trial.dtype)
            classifierWeight = file.config[name]?["lambda_cls"]?.number ?? 0
        }

        func loss(of losses: (reconstruction: Tensor, classification: Tensor, logits: Tensor)) -> Tensor {
            losses.classification * classifierWeight + losses.reconstruction * (1 - classifierWeight)
        }
    }
}

/// The release's encoder in the role that drifting needs: stem, stages and every k-th block.
struct ReleasedEncoder: FeatureEncoder {
    private let network: ResNetEncoder
    private let everyBlock: Int?

    init(_ network: ResNetEncoder, everyBlock: Int?) {
        self.network = network
        self.everyBlock = everyBlock
    }

    func featureMaps(of images: Tensor) -> [FeatureMap] {
        network.maps(of: images, everyBlock: everyBlock).map { FeatureMap($0.name, $0.values) }
    }

    func input(of images: Tensor) -> Tensor { ResNetEncoder.patchify(images, network.configuration.patch) }
}
