internal import Artifacts
internal import Backbones
internal import Drifting
internal import Features
internal import Foundation
internal import Generative
internal import Torch
internal import TorchNN

/// Whole steps of training in the release's order, with its draws: losses, gradients before clipping, parameters and averages
/// after AdamW.
enum TrainingStepCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let training = try ReplayedTraining(file, vectors)
        for (index, step) in training.steps.enumerated() {
            let name = (file.name.split(separator: "/").last ?? "").prefix { $0 != "." }
            recorder.check("\(name), step \(index)") { try training.advance(step, $0) }
        }
    }
}

/// The release's generator, its features and optimiser.
private struct ReplayedTraining {
    /// Names of the steps, in their order.
    let steps: [String]
    private let file: VectorFile
    private let store: ParameterStore
    private let objective: DriftingObjective<ReplayedGenerator>
    private let generator: ReplayedGenerator
    private let optimizer: AdamW
    private let averages: ExponentialMovingAverage

    init(_ file: VectorFile, _ vectors: VectorFolder) throws {
        self.file = file
        let place = file.config["generator"]?.string ?? "generator/params.safetensors"
        let network: DiT
        (store, network) = try GeneratorCheck.network(vectors.open(place))
        generator = ReplayedGenerator(network: network)
        objective = try Self.objective(file, vectors)
        let constants = file.config["optimizer"]?.string ?? ""
        optimizer = AdamW(
            store,
            .init(
                beta1: Self.value("b1", in: constants) ?? 0.9, beta2: Self.value("b2", in: constants) ?? 0.95,
                epsilon: Self.value("eps", in: constants) ?? 1e-8,
                weightDecay: Self.value("weight_decay", in: constants) ?? 0))
        averages = ExponentialMovingAverage(of: store, decay: file.config["ema_decay"]?.number ?? 0.999)
        steps = file.groups.filter { $0.hasPrefix("step") }.sorted { Self.number(of: $0) < Self.number(of: $1) }
    }

    /// The number behind `name=` in a line such as `adamw b1=.9 eps=1e-8`.
    private static func value(_ name: String, in line: String) -> Double? {
        line.split(separator: " ").first { $0.hasPrefix(name + "=") }.flatMap { part in
            let text = part.dropFirst(name.count + 1)
            return Double(text.hasPrefix(".") ? "0\(text)" : String(text))
        }
    }

    private static func number(of step: String) -> Int { Int(step.drop { !$0.isNumber }) ?? 0 }

    private static func objective(
        _ file: VectorFile, _ vectors: VectorFolder
    ) throws -> DriftingObjective<ReplayedGenerator> {
        let temperatures = file.config["R_list"]?.array.compactMap(\.number).filter { $0 > 0 } ?? []
        guard !temperatures.isEmpty else {
            throw VerificationError("manifest.json: the config of \(file.name) has no R_list of temperatures.")
        }
        let options = file.config["activation_kwargs"] ?? .object([:])
        var selection = FeatureSelection()
        var encoder: ReleasedEncoder?
        // `FILE: what is used of it`, or no file.
        let features = file.config["features"]?.string ?? ""
        if let weights = vectors.files.first(where: { features.hasPrefix($0.name) }) {
            let parameters = try vectors.open(weights.name)
            let (_, network) = try AutoencoderCheck.encoder(
                AutoencoderCheck.encoderConfiguration(parameters), parameters.parameters())
            encoder = ReleasedEncoder(network, everyBlock: options["every_k_block"]?.int)
            selection.inputNorm = true
            selection.globalStatistics = options["use_mean"]?.bool ?? true
            selection.patchSizes = options["patch_mean_size"]?.array.compactMap(\.int) ?? []
        }
        return DriftingObjective(
            field: FusedDriftField(ReleasedField.Configuration(temperatures: temperatures)), features: selection,
            encoder: encoder)
    }

    func advance(_ step: String, _ comparisons: CaseComparisons) throws {
        let before = store.parameters.map { ($0.name, $0.tensor.detach().clone()) }
        let loss = objective.loss(of: generator, on: try batch(step), using: RandomSource(Seed(0)))
        optimizer.zeroGradients()
        loss.mean.backward()
        try comparisons.compare("loss", loss.mean.item(), file["\(step)/loss"].item(), .forward())
        try compareMetrics(loss, step, comparisons)
        let renaming = DiT.parameterName(ofReleased:)
        try comparisons.compareGradients(of: store, file, in: "\(step)/grad/", renaming: renaming)
        let keys = file.config["param_keys_sorted"]
        try comparisons.compareLengths(
            of: store, file, "\(step)/grad_l2_sorted", keys: keys, renaming: renaming
        ) { $0.grad }
        let norm = clipGradients(of: store, globalNorm: file.config["max_grad_norm"]?.number ?? 2)
        try comparisons.compare("gradient norm", norm.item(), file["\(step)/g_norm"].item(), .ofMaximum())
        optimizer.step(learningRate: try file["\(step)/lr"].item())
        averages.update()
        try compareParameters(step, before: Dictionary(uniqueKeysWithValues: before), comparisons)
    }

    private func compareParameters(
        _ step: String, before: [String: Tensor], _ comparisons: CaseComparisons
    ) throws {
        let renaming = DiT.parameterName(ofReleased:)
        try comparisons.compareParameters(
            of: store, file, in: "\(step)/param_after/", "value of", .forward(), renaming: renaming
        ) { $0 }
        try comparisons.compareParameters(
            of: averages.store, file, in: "\(step)/ema_after/", "average of", .forward(), renaming: renaming
        ) { $0 }
        try comparisons.compareLengths(
            of: store, file, "\(step)/param_l2_after_sorted", keys: file.config["param_keys_sorted"],
            renaming: renaming
        ) { $0 }
        // The values hardly move in one step, so the movement is compared as well, as a whole: where a gradient is rounding
        // noise, so is the direction in which AdamW moves that value.
        for name in file.names(in: "\(step)/param_after/") {
            guard let ours = renaming(name), let old = before[ours], let new = store[ours] else { continue }
            let expected = ReleasedParameters.layout(of: try file["\(step)/param_after/\(name)"], named: name)
            try comparisons.compare("movement of \(name)", new.detach() - old, expected - old, .ofLength(0.1))
        }
    }

    /// Scales and strengths of each feature, where the manifest records them.
    private func compareMetrics(_ loss: Loss, _ step: String, _ comparisons: CaseComparisons) throws {
        let expected = file.config["\(step)_metrics"] ?? .object([:])
        for (name, value) in loss.metrics {
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            let released = parts[0].replacing("strength_", with: "loss_") + "/" + parts[1]
            // A feature that is the same for all images has a scale at its floor and strengths of rounding noise.
            guard let number = expected[released]?.number, let scale = expected["scale/\(parts[1])"]?.number,
                parts[0] == "scale" || scale > 1e-3
            else { continue }
            try comparisons.compare(name, value.item(), number, .ofMaximum(floor: 1e-5))
        }
    }

    private func batch(_ step: String) throws -> DriftingBatch<ReplayedGenerator.Condition> {
        var sizes = Sizes()
        let network = generator.network.configuration
        let labels = try file.indices("in/labels", "B", below: network.classes, &sizes)
        let positives = try file.tensor("in/positives", "B P H W C", &sizes).permute(0, 1, 4, 2, 3)
        let negatives = try file.tensor("in/negatives", "B Q H W C", &sizes).permute(0, 1, 4, 2, 3)
        let alpha = try file.tensor("\(step)/alpha", "B", &sizes)
        let noise = try file.image("\(step)/noise_x", "N H W C", &sizes)
        let perLabel = file.config["gen_per_label"]?.int ?? sizes["N"] / max(1, sizes["B"])
        guard perLabel * sizes["B"] == sizes["N"] else {
            throw VerificationError("\(file.name): \(sizes["N"]) samples are not \(perLabel) for each of the labels.")
        }
        let style =
            network.styleCount == 0
            ? nil
            : try file.indices("\(step)/noise_labels", "N \(network.styleCount)", below: network.styles, &sizes)
        let condition = ReplayedGenerator.Condition(
            labels: labels.repeatInterleave(perLabel, 0), style: style,
            guidance: alpha.repeatInterleave(perLabel, 0))
        return DriftingBatch(
            noise: noise, condition: condition, positives: positives, negatives: negatives, guidance: alpha)
    }
}

/// The transformer with styles as part of the condition, as they were recorded.
private struct ReplayedGenerator: OneStepGenerator {
    struct Condition: Sendable {
        var labels: Tensor
        var style: Tensor?
        var guidance: Tensor
    }

    let network: DiT

    func generate(from noise: Tensor, given condition: Condition) -> Tensor {
        network(noise, style: condition.style, labels: condition.labels, guidance: condition.guidance)
    }

    static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Condition(
            labels: condition.labels.indexSelect(0, indices), style: condition.style?.indexSelect(0, indices),
            guidance: condition.guidance.indexSelect(0, indices))
    }
}
