import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Encoders of runs", .serialized)
struct EncoderTests {
    private func data(in folder: URL) throws -> URL {
        let data = folder.appending(path: "data")
        try SmallMNIST.write(to: data, perClass: 3)
        return data
    }

    private func terms(_ folder: URL) throws -> Set<String> {
        let values = try #require(MetricsLog.records(in: RunFolder(folder).metrics).last).values
        return Set(values.keys.filter { $0.hasPrefix("scale/") }.map { String($0.dropFirst(6)) })
    }

    @Test(
        "an autoencoder in the paper's form is trained and exports stem, stages and blocks; another run takes it over")
    func autoencoder() throws {
        try withTemporaryFolder { url in
            let data = try data(in: url)
            let paper = """
                method.features.encoder={width: 16, blocks: [2, 1], strides: [1, 2], patch: 2, decoder_groups: 16, stem: true, \
                every_block: 2, batch: 8, mask_ratio: 0.25, mask_ratio_to: 0.75, flip: true, classifier_from: 1, \
                classifier_ramp: 2, training: {steps: 3, warmup_steps: 1, averages: [0.9]}}
                """
            let first = url.appending(path: "first")
            try SmallRuns.train(first, SmallRuns.images(data, steps: 1, paper, "method.features.set=a-b"))
            #expect(
                try terms(first).isSuperset(of: ["global", "conv1_mean", "layer1_std", "layer2", "layer1_blk2_mean"]))
            // Without the classifier the mean loss is that of the reconstruction.
            let records = try MetricsLog.records(in: RunFolder(first.appending(path: "encoder")).metrics)
            #expect(records.count == 3)

            let weights = first.appending(path: "encoder/weights.safetensors")
            #expect(
                try SafetensorsFile(weights).names.contains("encoder.stages.0.layers.1.conv2.weight"))
            let second = url.appending(path: "second")
            let settings = try SmallRuns.images(
                data, steps: 1, paper, "method.features.encoder.weights=\(weights.path)", "method.features.set=a-b")
            try SmallRuns.train(second, settings)
            #expect(!FileManager.default.fileExists(atPath: second.appending(path: "encoder").path))
            let strengths = try [first, second].map { folder in
                try #require(MetricsLog.records(in: RunFolder(folder).metrics).last).values.filter {
                    $0.key.hasPrefix("strength")
                }
            }
            #expect(strengths[0] == strengths[1] && !strengths[0].isEmpty)
        }
    }

    /// Settings of a tiny ConvNeXt V2 with random weights in a file.
    private func convNeXt(in folder: URL) throws -> String {
        var sizes = ConvNeXtV2.Configuration()
        (sizes.depths, sizes.widths) = ([1, 1], [8, 16])
        let store = ParameterStore(seed: Seed(1))
        _ = ConvNeXtV2(sizes, in: store.root)
        let weights = folder.appending(path: "convnext.safetensors")
        try Weights.save(store, to: weights)
        return "{name: convnext, weights: '\(weights.path)', depths: [1, 1], widths: [8, 16], size: 32}"
    }

    @Test("features of a second encoder count as well, under names of their own")
    func both() throws {
        try withTemporaryFolder { url in
            let (data, second) = try (data(in: url), convNeXt(in: url))
            let run = url.appending(path: "run")
            try SmallRuns.train(run, SmallRuns.images(data, steps: 2, "method.features.second_encoder=\(second)"))
            let terms = try terms(run)
            #expect(terms.isSuperset(of: ["global", "layer1_mean", "second_convenxt_stage_1", "second_global_mean"]))
            let alone = url.appending(path: "alone")
            try SmallRuns.train(alone, SmallRuns.images(data, steps: 2))
            #expect(try terms.subtracting(self.terms(alone)).allSatisfy { $0.hasPrefix("second_") })
            #expect(throws: (any Error).self) {
                try SmallRuns.images(data, steps: 1, "method.features.second_encoder={name: mae}")
            }
            // Its weights are read before the first encoder is trained.
            let (broken, never) = (url.appending(path: "convnext.safetensors"), url.appending(path: "never"))
            try Data("not weights".utf8).write(to: broken)
            #expect(throws: (any Error).self) {
                try SmallRuns.train(never, SmallRuns.images(data, steps: 1, "method.features.second_encoder=\(second)"))
            }
            #expect(!FileManager.default.fileExists(atPath: never.path))
        }
    }

    @Test("ConvNeXt V2 gives the release's features whatever the selection")
    func convNeXt() throws {
        try withTemporaryFolder { url in
            let data = try data(in: url)
            let encoder = try "method.features.encoder=\(convNeXt(in: url))"
            let run = url.appending(path: "run")
            try SmallRuns.train(run, SmallRuns.images(data, steps: 1, encoder))
            #expect(
                try terms(run) == [
                    "global", "convenxt_stage_0_mean", "convenxt_stage_0_std", "convenxt_stage_1",
                    "convenxt_stage_1_mean", "convenxt_stage_1_std", "global_mean", "global_std",
                ])
        }
    }

    @Test("ResNet-50 gives its four stages, and a file of something else is refused before the run starts")
    func resNet50() throws {
        try withTemporaryFolder { url in
            let data = try data(in: url)
            let store = ParameterStore(seed: Seed(1))
            _ = ResNet50(in: store.root)
            let weights = url.appending(path: "resnet50.safetensors")
            let prefixed = store.state.map { ("module.encoder_q." + $0.name, $0.tensor) }
            try SafetensorsFile.write(prefixed, to: weights)
            let run = url.appending(path: "run")
            let encoder = "method.features.encoder={name: resnet50, weights: '\(weights.path)'}"
            try SmallRuns.train(run, SmallRuns.images(data, steps: 1, encoder, "method.features.set=a-b"))
            #expect(try terms(run).isSuperset(of: ["layer1_mean", "layer4", "layer4_std"]))

            try SafetensorsFile.write([("a", .zeros([1]))], to: weights)
            let other = url.appending(path: "other")
            let error = #expect(throws: TorchError.self) {
                try SmallRuns.train(other, SmallRuns.images(data, steps: 1, encoder))
            }
            #expect(error?.message.contains("resnet50.safetensors") == true)
            #expect(!RunFolder(other).exists)
        }
    }

    @Test("the classifier's weight is 0 until its step and then grows to what is asked for")
    func classifierWeight() {
        var objective = MaskedAutoencoding(maskRatios: 0.5...0.5, classifierWeight: 0.1)
        #expect([0, 5, 100].map { objective.classifierWeight(at: $0) } == [0.1, 0.1, 0.1])
        (objective.classifierFrom, objective.classifierRamp) = (10, 4)
        #expect([0, 9, 10, 12, 14, 99].map { objective.classifierWeight(at: $0) } == [0, 0, 0, 0.05, 0.1, 0.1])
    }
}
