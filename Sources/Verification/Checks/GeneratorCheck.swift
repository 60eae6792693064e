internal import Artifacts
internal import Backbones
internal import Torch
internal import TorchNN

/// The transformer generator: inner values, samples and gradients.
enum GeneratorCheck {
    static func runWhole(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let parameters = try vectors.open("generator/params.safetensors")
        let networks = TrialNetworks { _ in try Self.network(parameters) }
        let (_, network) = try Self.network(parameters)
        let inputs = try Inputs(file, network.configuration)
        recorder.check("forward", in: [.float32]) { trial, comparisons in
            var seen: [String: Tensor] = [:]
            let network = try networks.network(trial)
            let samples = network(
                trial.input(inputs.noise, "noise"), style: inputs.style, labels: inputs.labels,
                guidance: inputs.guidance
            ) { seen[$0] = $1 }
            try comparisons.compare("samples", samples.permute(0, 2, 3, 1), file["out/samples"], .forward())
            for (name, value) in seen.sorted(by: { $0.key < $1.key }) {
                guard let expected = file.tensors[name] else { continue }
                try comparisons.compare(name, value, expected, .forward())
            }
        }
        recorder.check("backward", in: [.float32]) {
            let (store, network) = try networks.pair($0)
            try compareGradients(file, network, store, inputs, $0, $1)
        }
        for name in file.groups where name.hasPrefix("scalar_") {
            recorder.check(name) { try compareScalar(name, file, network, inputs, $0) }
        }
        for name in file.groups where name.hasPrefix("bf16_") {
            recorder.skip(name, because: "informational: each machine rounds bfloat16 differently")
        }
    }

    static func runWithoutOptions(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let networks = TrialNetworks { _ in try Self.network(file, prefix: "params/") }
        let inputs = try Inputs(file, Self.network(file, prefix: "params/").1.configuration)
        recorder.check("forward", in: [.float32]) { trial, comparisons in
            let network = try networks.network(trial)
            let samples = network(
                trial.input(inputs.noise, "noise"), style: inputs.style, labels: inputs.labels,
                guidance: inputs.guidance)
            try comparisons.compare("samples", samples.permute(0, 2, 3, 1), file["out/samples"], .forward())
        }
    }

    /// The generator that a file of parameters describes, and its store.
    static func network(_ file: VectorFile, prefix: String = "") throws -> (ParameterStore, DiT) {
        let store = ParameterStore(seed: Seed(0))
        let configuration = try file.configuration(as: DiT.Configuration.self)
        if let mistake = configuration.mistake {
            throw VerificationError("manifest.json: the config of \(file.name) describes no network: \(mistake).")
        }
        let network = DiT(configuration, in: store.root)
        try file.parameters(in: prefix).load(into: store, renaming: DiT.parameterName(ofReleased:))
        return (store, network)
    }

    private static func compareGradients(
        _ file: VectorFile, _ network: DiT, _ store: ParameterStore, _ inputs: Inputs, _ trial: Trial,
        _ comparisons: CaseComparisons
    ) throws {
        for parameter in store.tensors { parameter.grad = nil }
        let noise = trial.input(inputs.noise, "noise")
        let samples = network(noise, style: inputs.style, labels: inputs.labels, guidance: inputs.guidance)
        let cotangent = try file["backward/cotangent"].permute(0, 3, 1, 2)
        guard cotangent.shape == samples.shape else {
            throw VerificationError("\(file.name): 'backward/cotangent' does not have the shape of the samples.")
        }
        (samples * cotangent).sum().backward()
        try comparisons.compareGradients(
            of: store, file, in: "backward/grad/", renaming: DiT.parameterName(ofReleased:))
        try comparisons.compareLengths(
            of: store, file, "backward/grad_l2_sorted", keys: file.config["grad_l2_sorted_keys"],
            renaming: DiT.parameterName(ofReleased:)
        ) { $0.grad }
    }

    /// The same noise at another temperature and one guidance strength for all: `scalar_cfg2_temp0.5`.
    private static func compareScalar(
        _ name: String, _ file: VectorFile, _ network: DiT, _ inputs: Inputs, _ comparisons: CaseComparisons
    ) throws {
        let values = name.split(separator: "_").compactMap { part in
            Double(part.drop { !$0.isNumber })
        }
        guard let alpha = values.first else {
            throw VerificationError("\(file.name): '\(name)' does not name a guidance strength.")
        }
        let noise = try file["\(name)/in_noise_x_after_temp"].permute(0, 3, 1, 2)
        if values.count > 1 {
            try comparisons.compare("noise", inputs.noise * values[1], noise, .forward())
        }
        let guidance = Tensor.full([inputs.labels.count], alpha)
        let samples = network(noise, style: inputs.style, labels: inputs.labels, guidance: guidance)
        try comparisons.compare("samples", samples.permute(0, 2, 3, 1), file["\(name)/out"], .forward())
    }

    /// Inputs and draws of the release.
    private struct Inputs {
        let noise: Tensor
        let style: Tensor?
        let labels: Tensor
        let guidance: Tensor

        init(_ file: VectorFile, _ configuration: DiT.Configuration) throws {
            var sizes = Sizes()
            labels = try file.indices("in/labels", "B", below: configuration.classes, &sizes)
            let (size, channels) = (configuration.size, configuration.channels)
            noise = try file.image("in/noise_x", "B \(size) \(size) \(channels)", &sizes)
            guidance = try file.tensor("in/cfg_scale", "B", &sizes)
            style =
                configuration.styleCount == 0
                ? nil
                : try file.indices(
                    "in/noise_labels", "B \(configuration.styleCount)", below: configuration.styles, &sizes)
        }
    }
}

extension CaseComparisons {
    /// Compares all gradients below a prefix.
    func compareGradients(
        of store: ParameterStore, _ file: VectorFile, in prefix: String, renaming: (String) -> String?
    ) throws {
        try compareParameters(
            of: store, file, in: prefix, "gradient of", .ofMaximum(), renaming: renaming
        ) { $0.grad }
    }

    /// Compares something of all parameters below a prefix.
    func compareParameters(
        of store: ParameterStore, _ file: VectorFile, in prefix: String, _ what: String, _ measure: Measure,
        renaming: (String) -> String?, _ value: (Tensor) -> Tensor?
    ) throws {
        for name in file.names(in: prefix) {
            guard let tensor = renaming(name).flatMap({ store[$0] }), let ours = value(tensor) else {
                throw VerificationError("\(file.name): the network has no \(what) '\(name)'.")
            }
            let expected = ReleasedParameters.layout(of: try file[prefix + name], named: name)
            try compare("\(what) \(name)", ours, expected, measure)
        }
    }

    /// Compares the Euclidean lengths of something of all parameters, in the order of `keys`.
    func compareLengths(
        of store: ParameterStore, _ file: VectorFile, _ name: String, keys: JSON?, renaming: (String) -> String?,
        _ value: (Tensor) -> Tensor?
    ) throws {
        guard let expected = file.tensors[name], let keys = keys?.array.compactMap(\.string) else { return }
        let lengths = try keys.map { key in
            guard let tensor = renaming(key).flatMap({ store[$0] }) else {
                throw VerificationError("manifest.json: \(file.name) has no parameter '\(key)'.")
            }
            return value(tensor)?.norm().item() ?? 0
        }
        try compare("lengths, \(name)", Tensor(lengths), expected, .ofMaximum())
    }
}
