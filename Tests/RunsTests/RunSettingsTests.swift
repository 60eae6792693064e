import Foundation
import Pushforward
import TestSupport
import Testing

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
            [], ["data={name: toy}", "network={name: mlp}", "method.features.encoder=null"],
            ["data={name: mnist, size: 28}"],
            [
                "method.guidance={power: 5}", "method.negatives=8", "training.clip=null",
                "method.features.encoder.width=8",
            ],
            ["network={name: dit, depth: 2, rotary: null, norm: layer, feed_forward: gelu}"],
            ["network={name: dit_b2, depth: 3}"], ["network={name: dit_l16}", "data.size=64"],
            ["method.features.encoder={name: convnext, weights: a.safetensors, depths: [1, 1], widths: [8, 16]}"],
            ["method.features.encoder={name: resnet50, weights: b.safetensors, normalisation: unit, size: 64}"],
            [
                "method.features.encoder={patch: 2, stem: true, every_block: 2, mask_ratio_to: 0.75, decoder_groups: 32, flip: true}"
            ],
            ["method.features={set: a-c, pixels: false}"],
            ["training.schedule=linear", "training.precision=bfloat16", "training.averages=[0.9, 0.99]"],
        ])
    func roundTrip(_ changes: [String]) throws {
        let settings = try RunSettings().reading(yaml: "", setting: changes)
        let yaml = settings.yaml()
        let again = try RunSettings().reading(yaml: yaml)
        #expect(again.yaml() == yaml)
        #expect(again.data == settings.data && again.network == settings.network)
        #expect(again.method as? DriftingMethod == settings.method as? DriftingMethod)
        #expect(again.training == settings.training)
        #expect(again.evaluation == settings.evaluation)
    }

    @Test("every preset of the repository is read")
    func presets() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.deletingLastPathComponent().appending(path: "presets")
        // Those of comparisons are no runs' settings; their own tests read them.
        let files = try names(in: folder).filter { $0.hasSuffix(".yaml") && !$0.hasPrefix("compare-") }
        #expect(!files.isEmpty)
        for file in files {
            _ = try RunSettings().reading(file: folder.appending(path: file).path)
        }
    }

    @Test(
        "a misspelt key is refused with the key that was meant",
        arguments: [
            ("training.stpes=3", "training.stpes: unknown key", "'steps'"),
            ("method.field.temperature=[1]", "method.field.temperature: unknown key", "'temperatures'"),
            (
                "method.features.encoder.training.warmup_step=1",
                "method.features.encoder.training.warmup_step: unknown key", "'warmup_steps'"
            ),
            // The run has one seed, and its trainings draw theirs from it.
            (
                "method.features.encoder.training.seed=1", "method.features.encoder.training.seed: unknown key",
                "'training.seed'"
            ),
            ("network.depth=2", "network.depth: unknown key for name 'conv_generator'", "'width'"),
        ])
    func nearMiss(_ change: String, _ message: String, _ hint: String) {
        let text = problems([change])
        #expect(text.contains(message) && text.contains(hint), "\(text)")
    }

    @Test(
        "invalid combinations are refused before a run starts",
        arguments: [
            (["network={name: mlp}"], "network: takes vectors, not maps"),
            (["data={name: toy}", "method.features.encoder=null"], "network: draws images, not vectors: use mlp"),
            (["data={name: toy}", "network={name: mlp}"], "method: has features.encoder, which needs images"),
            (["method.guidance={}"], "method.negatives: must be at least 1 with guidance"),
            (["method.negatives=4"], "method.negatives: weigh nothing without guidance"),
            (["method.field.temperatures=[1e300]"], "method.field.temperatures: must have only elements"),
            (["method.features.encoder=null", "method.features.cache=1"], "method: has features.cache"),
            (["network={name: dit, hidden: 6, heads: 1}"], "network.hidden: must be a multiple of 4"),
            (
                ["data={name: latents, path: a, shape: [4, 8, 8], classes: 2}", "evaluation.judge=classifier"],
                "evaluation: has the judge classifier, which needs images"
            ),
            (
                ["training.schedule=cosine", "training.steps=20"],
                "training.warmup_steps: must be below training.steps, which is 20"
            ),
            (
                ["method.features.encoder.training.steps=5"],
                "method.features.encoder.training.warmup_steps: must be below training.steps, which is 5"
            ),
            (["training.averages=[0.9, 0.9]"], "training.averages: must have no element twice"),
            (["training.averages=[]"], "training.averages: must not be empty"),
            (["method.features.patch_sizes=[4, 4]"], "method.features.patch_sizes: must have no element twice"),
            (["method.generated=1"], "method.generated: must be at least 2"),
            (["data.size=30"], "data.size: must be a multiple of 4"),
            (["method.features.encoder=null", "method.features.pixels=false"], "method: has no features"),
            (
                ["method.features={pixels: false, global_statistics: false, patch_sizes: [], locations_up_to: 3}"],
                "method: has no features"
            ),
            (["method.features.encoder={name: convnext}"], "method.features.encoder.weights: must not be empty"),
            (
                ["method.features.encoder={name: convnext, weights: a, widths: [8]}"],
                "method.features.encoder.widths: must name as many stages as"
            ),
            (
                ["method.features.encoder={patch: 5}"],
                "method: has features.encoder, which cuts images into patches of 5"
            ),
            (["method.features.encoder={decoder_groups: 20}"], "method.features.encoder.decoder_groups: must divide"),
            (
                ["method.features.encoder={mask_ratio: 0.5, mask_ratio_to: 0.25}"],
                "method.features.encoder.mask_ratio_to: must not be below"
            ),
            (["method.features={set: a-c, patch_sizes: [4]}"], "method.features.patch_sizes: unknown key"),
            (["network={name: dit, patch: 5}"], "network: cuts samples into patches of 5, but they are 32 x 32"),
            (["network={name: dit, heads: 3}"], "network.heads: must divide hidden, 128"),
            (["network={name: dit, rotary: float16}"], "network.rotary"),
            (
                ["method.features.encoder.blocks=[1, 1]"],
                "method.features.encoder.strides: must name as many stages as blocks"
            ),
        ])
    func refused(_ changes: [String], _ message: String) {
        let text = problems(changes)
        #expect(text.contains(message), "\(text)")
    }

    @Test("a published transformer starts from its sizes, and keeps what is changed")
    func publishedTransformer() throws {
        let settings = try read("network={name: dit_b2, depth: 3}")
        guard case .dit(let sizes) = settings.network else { throw Unexpected("\(settings.network)") }
        #expect(sizes.sizes.hidden == 768 && sizes.sizes.depth == 3 && sizes.sizes.rotary == .bfloat16)
        // Of noise 32 x 32 of one channel and 32 styles.
        let interface = try settings.method.interface(for: DataLayout(settings.data))
        let store = ParameterStore(seed: Seed(0))
        #expect(try settings.network.network(for: interface, in: store.root).inputShape == [1024 + 32])
    }

    // As Encoders.docc shows it.
    @Test("the paper's autoencoder can be written down, and has the sizes of the release")
    func paperAutoencoder() throws {
        let yaml = """
            data: {name: mnist, size: 64}
            method:
              name: drifting
              features:
                set: a-d
                input_norm: true
                locations_up_to: 32
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
            """
        let settings = try #require(RunSettings().reading(yaml: yaml).drifting.features.encoder?.autoencoder)
        let sizes = settings.configuration(channels: 3, classes: 1000)
        #expect(sizes.encoder == .released(width: 640, channels: 3, patch: 8))
        #expect(sizes.decoderGroups == 32 && sizes.classes == 1000)
    }

    @Test("the paper's sets of features add patches of 2 x 2 and of 4 x 4", arguments: ["a-b", "a-c", "a-d"])
    func featureSets(name: String) throws {
        let settings = try read("method.features={set: \(name), locations_up_to: 16}")
        let selection = settings.drifting.features.selection
        #expect(selection.globalStatistics && selection.locationsUpTo == 16)
        #expect(selection.patchSizes == ["a-b": [], "a-c": [2], "a-d": [2, 4]][name])
    }

    @Test("features of points are the points: neither norms of channels nor guidance of an mlp")
    func pointFeatures() {
        let points = ["data={name: toy}", "network={name: mlp}", "method.features.encoder=null"]
        #expect(problems(points + ["method.features.input_norm=true"]).contains("has features.input_norm"))
        let guided = points + ["method.guidance={}", "method.negatives=4"]
        #expect(problems(guided) == "")
        #expect(problems(points) == "")
    }
}
