import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Kept features of real pictures", .serialized)
struct FeatureCacheTests {
    private func logs(_ url: URL, _ data: URL, _ changes: [String], stops: [Int] = [4]) throws -> [MetricsRecord] {
        for (index, steps) in stops.enumerated() {
            let settings = try SmallRuns.images(data, steps: steps, "training.precision=float32")
                .reading(file: nil, setting: changes)
            try SmallRuns.train(url, settings, resuming: index > 0)
        }
        return try MetricsLog.records(in: RunFolder(url).metrics)
    }

    @Test("a run with them follows one that computes them again, mirrored pictures and negatives included")
    func same() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallImages.write(to: data)
            let images = "data={name: images, path: \"\(data.path)\", size: 16, flip: true}"
            let without = try logs(url.appending(path: "without"), data, [images, "method.labels=null"])
            let with = try logs(
                url.appending(path: "with"), data, [images, "method.labels=null", "method.features.cache=0.1"])
            #expect(with.count == 4 && without.count == 4)
            for (a, b) in zip(with, without) {
                for name in ["loss", "gradient_norm", "strength_0.2", "strength_0.02"] {
                    assertClose(a.values[name] ?? .nan, b.values[name] ?? 0, relative: 1e-4)
                }
            }
        }
    }

    @Test("a run that is resumed reaches the same bits")
    func resumed() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 4)
            let changes = ["method.features.cache=0.1"]
            let whole = try logs(url.appending(path: "whole"), data, changes)
            let halves = try logs(url.appending(path: "halves"), data, changes, stops: [2, 4])
            #expect(whole.map(\.values) == halves.map(\.values))
        }
    }

    @Test(
        "what stands in their way is an error before the encoder is trained",
        arguments: [["method.features.cache=0.0000001"], ["method.features.cache=0.1", "data.dequantise=true"]])
    func refused(changes: [String]) throws {
        try withTemporaryFolder { url in
            let (data, run) = (url.appending(path: "data"), url.appending(path: "run"))
            try SmallMNIST.write(to: data, perClass: 4)
            let error = #expect(throws: TrainingError.self) { try logs(run, data, changes) }
            #expect(error?.description.contains("method.features.cache") == true)
            #expect(!FileManager.default.fileExists(atPath: run.path))
        }
    }
}
