import Backbones
import Drifting
import Foundation
import Settings
import TestSupport
import Testing
import Training

@Suite("Settings of runs")
struct RunSettingsTests {
    private func read(_ changes: String...) throws(SettingsError) -> RunSettings {
        try RunSettings().reading(yaml: "", setting: changes)
    }

    private func problems(_ changes: [String], from yaml: String = "") -> String {
        do throws(SettingsError) {
            _ = try RunSettings().reading(yaml: yaml, setting: changes)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "the resolved settings, written and read, are the same",
        arguments: [
            [], ["data={name: toy}", "model={name: mlp}", "encoder=null"], ["data={name: mnist, size: 28}"],
            ["objective.guidance={power: 5}", "objective.negatives=8", "training.clip=null", "encoder.width=8"],
            ["model={name: dit, depth: 2, rotary: null, norm: layer, feed_forward: gelu}"],
            ["model={name: dit_b2, depth: 3}"], ["model={name: dit_l16}", "data.size=64"],
            ["encoder={name: convnext, weights: a.safetensors, depths: [1, 1], widths: [8, 16]}"],
            ["encoder={name: resnet50, weights: b.safetensors, normalisation: unit, size: 64}"],
            ["encoder={patch: 2, stem: true, every_block: 2, mask_ratio_to: 0.75, decoder_groups: 32, flip: true}"],
            ["objective.features={set: a-c, pixels: false}"],
            ["training.schedule=linear", "training.precision=bfloat16", "training.averages=[0.9, 0.99]"],
        ])
    func roundTrip(_ changes: [String]) throws {
        let settings = try RunSettings().reading(yaml: "", setting: changes)
        let yaml = settings.yaml()
        let again = try RunSettings().reading(yaml: yaml)
        #expect(again.yaml() == yaml)
        #expect(again.data == settings.data && again.model == settings.model && again.encoder == settings.encoder)
        #expect(again.objective == settings.objective && again.training == settings.training)
        #expect(again.evaluation == settings.evaluation)
    }

    @Test("every preset of the repository is read")
    func presets() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.deletingLastPathComponent().appending(path: "presets")
        let files = try names(in: folder).filter { $0.hasSuffix(".yaml") }
        #expect(!files.isEmpty)
        for file in files {
            _ = try RunSettings().reading(file: folder.appending(path: file).path)
        }
    }

    @Test(
        "a misspelt key is refused with the key that was meant",
        arguments: [
            ("training.stpes=3", "training.stpes: unknown key", "'steps'"),
            ("objective.field.temperature=[1]", "objective.field.temperature: unknown key", "'temperatures'"),
            ("encoder.training.warmup_step=1", "encoder.training.warmup_step: unknown key", "'warmup_steps'"),
            // The run has one seed, and its trainings draw theirs from it.
            ("encoder.training.seed=1", "encoder.training.seed: unknown key", "'training.seed'"),
            ("model.depth=2", "model.depth: unknown key for name 'conv_generator'", "'width'"),
        ])
    func nearMiss(_ change: String, _ message: String, _ hint: String) {
        let text = problems([change])
        #expect(text.contains(message) && text.contains(hint), "\(text)")
    }

    @Test(
        "what would make no run is refused before it starts",
        arguments: [
            (["model={name: mlp}"], "model: draws points, but the data are images"),
            (["data={name: toy}", "encoder=null"], "model: draws images, but the data are points"),
            (["data={name: toy}", "model={name: mlp}"], "encoder: needs images"),
            (["objective.guidance={}"], "objective.negatives: must be at least 1 with guidance"),
            (["objective.negatives=4"], "objective.negatives: weigh nothing without guidance"),
            (["objective.field.temperatures=[1e300]"], "objective.field.temperatures: must have only elements"),
            (["encoder=null", "objective.features.cache=1"], "objective: has features.cache"),
            (["model={name: dit, hidden: 6, heads: 1}"], "model.hidden: must be a multiple of 4"),
            (
                ["data={name: latents, path: a, shape: [4, 8, 8], classes: 2}", "evaluation.judge=classifier"],
                "evaluation: has the judge classifier, which needs images"
            ),
            (["training.schedule=cosine", "training.steps=20"], "training.warmup_steps: must be below the 20 steps"),
            (["encoder.training.steps=5"], "encoder.training.warmup_steps: must be below the 5 steps"),
            (["training.averages=[0.9, 0.9]"], "training.averages: must have no element twice"),
            (["training.averages=[]"], "training.averages: must not be empty"),
            (["objective.features.patch_sizes=[4, 4]"], "objective.features.patch_sizes: must have no element twice"),
            (["objective.generated=1"], "objective.generated: must be at least 2"),
            (["data.size=30"], "data.size: must be a multiple of 4"),
            (["encoder=null", "objective.features.pixels=false"], "objective: has no features"),
            (
                ["objective.features={pixels: false, global_statistics: false, patch_sizes: [], locations_up_to: 3}"],
                "objective: has no features"
            ),
            (["encoder={name: convnext}"], "encoder.weights: must not be empty"),
            (["encoder={name: convnext, weights: a, widths: [8]}"], "encoder.widths: must name as many stages as"),
            (["encoder={patch: 5}"], "encoder: cuts images into patches of 5"),
            (["encoder={decoder_groups: 20}"], "encoder.decoder_groups: must divide"),
            (["encoder={mask_ratio: 0.5, mask_ratio_to: 0.25}"], "encoder.mask_ratio_to: must not be below"),
            (["objective.features={set: a-c, patch_sizes: [4]}"], "objective.features.patch_sizes: unknown key"),
            (["model={name: dit, patch: 5}"], "model: cuts samples into patches of 5, but they are 32 x 32"),
            (["model={name: dit, heads: 3}"], "model.heads: must divide hidden, 128"),
            (["model={name: dit, rotary: float16}"], "model.rotary"),
            (["encoder.blocks=[1, 1]"], "encoder.strides: must name as many stages as blocks"),
        ])
    func refused(_ changes: [String], _ message: String) {
        let text = problems(changes)
        #expect(text.contains(message), "\(text)")
    }

    @Test("a published transformer starts from its sizes, and keeps what is changed")
    func publishedTransformer() throws {
        let settings = try read("model={name: dit_b2, depth: 3}")
        guard case .dit(let sizes) = settings.model else {
            Issue.record("not a transformer: \(settings.model)")
            return
        }
        #expect(sizes.sizes.hidden == 768 && sizes.sizes.depth == 3 && sizes.sizes.rotary == .bfloat16)
        // Of noise 32 x 32 of one channel and 32 styles.
        #expect(settings.model.latent(for: try DataLayout(settings.data)) == 1024 + 32)
    }

    // As Training.docc shows it.
    @Test("the paper's autoencoder can be written down, and has the sizes of the release")
    func paperAutoencoder() throws {
        let yaml = """
            data: {name: mnist, size: 64}
            encoder:
              name: mae
              patch: 8
              width: 640
              blocks: [3, 4, 6, 3]
              strides: [1, 2, 2, 2]
              most_groups: 32
              decoder_groups: 32
              stem: true
              every_block: 2
              batch: 8192
              mask_ratio: 0.5
              flip: true
              classifier_weight: 0.1
              classifier_from: 197000
              classifier_ramp: 1000
              training: {steps: 200000, learning_rate: 4.0e-3, warmup_steps: 4000, schedule: constant, averages: [0.9995]}
            objective:
              name: drifting
              features: {set: a-d, input_norm: true, locations_up_to: 32}
            """
        let settings = try #require(RunSettings().reading(yaml: yaml).encoder?.autoencoder)
        let sizes = settings.configuration(channels: 3, classes: 1000)
        #expect(sizes.encoder == .released(width: 640, channels: 3, patch: 8))
        #expect(sizes.decoderGroups == 32 && sizes.classes == 1000)
    }

    @Test("the paper's sets of features add patches of 2 x 2 and of 4 x 4", arguments: ["a-b", "a-c", "a-d"])
    func featureSets(name: String) throws {
        let settings = try read("objective.features={set: \(name), locations_up_to: 16}")
        guard case .drifting(let drifting) = settings.objective else { return }
        let selection = drifting.features.selection
        #expect(selection.globalStatistics && selection.locationsUpTo == 16)
        #expect(selection.patchSizes == ["a-b": [], "a-c": [2], "a-d": [2, 4]][name])
    }

    @Test("features of points are the points: neither norms of channels nor guidance of an mlp")
    func pointFeatures() {
        let points = ["data={name: toy}", "model={name: mlp}", "encoder=null"]
        #expect(problems(points + ["objective.features.input_norm=true"]).contains("has features.input_norm"))
        let guided = points + ["objective.guidance={}", "objective.negatives=4"]
        #expect(problems(guided).contains("objective: has guidance, which mlp cannot take"))
        #expect(problems(points) == "")
    }
}
