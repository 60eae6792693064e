import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Trained generators", .serialized)
struct TrainedModelTests {
    @Test("the same seed gives the same bytes, whatever the number of samples and what the others are")
    func counts() throws {
        try withTemporaryFolder { url in
            let (data, run) = (url.appending(path: "data"), url.appending(path: "run"))
            try SmallMNIST.write(to: data, perClass: 3)
            try SmallRuns.train(run, SmallRuns.images(data, steps: 2, encoderSteps: 2, "training.precision=float32"))
            let generator = try TrainedModel(RunFolder(run), setting: ["sampling.strength=2"])
            #expect(generator.step == 2 && generator.layout.classes == 10)
            let labels = (0..<100).map { $0 % 10 }
            let many = try generator.samples(of: labels, seed: Seed(5)).values
            #expect(many.shape == [100, 1, 28, 28])
            let few = try generator.samples(of: Array(labels.prefix(10)), seed: Seed(5), batch: 3).values
            assertEqual(few, many.slice(0, 0, 10))
            let changed = try generator.samples(of: labels.map { $0 == 3 ? 3 : 0 }, seed: Seed(5)).values
            assertEqual(changed[93], many[93])
            // Seed, label and guidance matter.
            let plain = try TrainedModel(RunFolder(run)).samples(of: labels, seed: Seed(5)).values
            let other = try generator.samples(of: labels, seed: Seed(6)).values
            for differing in [plain[3], other[3], changed[4]] {
                #expect((differing - many[3]).abs().amax().item() > 0)
            }
            #expect((changed[4] - many[4]).abs().amax().item() > 0)
        }
    }

    @Test("raw weights are those of the optimiser, averaged ones those of the first decay")
    func weights() throws {
        try withTemporaryFolder { url in
            let run = url.appending(path: "run")
            try SmallRuns.train(run, SmallRuns.toy(steps: 8))
            let (raw, averaged) = (
                try TrainedModel(RunFolder(run), weights: .raw), try TrainedModel(RunFolder(run))
            )
            #expect(averaged.layout.classNames == ["two_modes"])
            let labels = [Int](repeating: 0, count: 70)
            let points = try [raw, averaged].map { try $0.samples(of: labels, seed: Seed(1)).values }
            #expect(points.allSatisfy { $0.shape == [70, 2] && $0.dtype == .float32 })
            #expect((points[0] - points[1]).abs().amax().item() > 0)
            // With the averaged file in its place, the raw weights are the averaged ones.
            let checkpoint = try #require(RunFolder(run).latestCheckpoint()).url
            let averages = try SafetensorsFile(checkpoint.appending(path: "ema.safetensors"))
            let first = averages.names.filter { $0.hasPrefix("0.9.") }
            try SafetensorsFile.write(
                first.map { (String($0.dropFirst("0.9.".count)), averages[$0] ?? Tensor(0)) },
                to: checkpoint.appending(path: "model.safetensors"))
            let replaced = try TrainedModel(RunFolder(run), weights: .raw).samples(of: labels, seed: Seed(1)).values
            assertEqual(replaced, points[1])
        }
    }

    @Test("a folder without a run, and a run without a checkpoint, are refused")
    func absent() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url.appending(path: "run"))
            #expect(throws: RunError.self) { try TrainedModel(folder) }
            _ = try folder.start(configuration: SmallRuns.toy(steps: 1).yaml())
            let error = #expect(throws: TrainingError.self) { try TrainedModel(folder) }
            #expect(error?.description.contains("has no checkpoint yet") == true)
        }
    }
}
