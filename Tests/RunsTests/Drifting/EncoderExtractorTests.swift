import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("The encoder of a run as an extractor") struct EncoderExtractorTests {
    private let images = Tensor.rand([6, 1, 28, 28], using: RandomSource(Seed(2))) * 2 - 1

    @Test("It is the run's, named by its weight file, and the one of a run that took it over")
    func encoder() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 4)
            let (first, second) = (folder.appending(path: "first"), folder.appending(path: "second"))
            try SmallRuns.train(first, SmallRuns.images(data, steps: 1))
            try SmallRuns.train(second, SmallRuns.images(data, steps: 1, "method.features.encoder.from=\(first.path)"))
            let extractor = try EncoderExtractor(RunFolder(first))
            let weights = first.appending(path: "encoder/weights.safetensors")
            #expect(try extractor.checksum == SHA256.hexadecimal(of: weights).prefix(16))
            #expect(extractor.name.hasSuffix("first") && !extractor.isInception)

            let features = try extractor.features(of: images)
            // The stem has width 4 and the only stage halves the resolution: one number for each of its channels.
            #expect(features.rank == 2 && features.shape[0] == 6)
            #expect(features.isfinite().all().intItem() == 1)
            let alone = try extractor.features(of: images[2..<3])
            assertClose(alone, features[2..<3], absolute: 1e-5)
            assertEqual(try EncoderExtractor(RunFolder(second)).features(of: images), features)
        }
    }

    @Test("An encoder that is another, though its weights have the same shapes, is refused before the run begins")
    func otherEncoder() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 4)
            let (first, second) = (folder.appending(path: "first"), folder.appending(path: "second"))
            try SmallRuns.train(first, SmallRuns.images(data, steps: 1))
            for (from, change, message) in [
                (first, "method.features.encoder.most_groups=1", "most_groups: 1"),
                (first, "method.features.encoder.strides=[1]", "strides: [1]"),
                (second, "method.features.encoder.stem=false", "has no trained encoder"),
            ] {
                let settings = try SmallRuns.images(data, steps: 1, "method.features.encoder.from=\(from.path)", change)
                let run = folder.appending(path: "run")
                let error = #expect(throws: TrainingError.self) { try SmallRuns.train(run, settings) }
                #expect(error?.description.contains(message) == true, "\(error as Any)")
                #expect(!FileManager.default.fileExists(atPath: run.path))
            }
        }
    }

    @Test("Runs without an encoder of images, encoders without weights, and images of another shape are refused")
    func refusals() throws {
        try withTemporaryFolder { folder in
            #expect(throws: RunError.self) { try EncoderExtractor(RunFolder(folder)) }
            let toy = folder.appending(path: "toy")
            try SmallRuns.train(toy, SmallRuns.toy(steps: 1))
            #expect(throws: TrainingError.self) { try EncoderExtractor(RunFolder(toy)) }

            let (data, run) = (folder.appending(path: "data"), folder.appending(path: "run"))
            try SmallMNIST.write(to: data, perClass: 4)
            try SmallRuns.train(run, SmallRuns.images(data, steps: 1))
            let extractor = try EncoderExtractor(RunFolder(run))
            let error = #expect(throws: MetricError.self) { try extractor.features(of: images[0..., 0..., 0..<20]) }
            #expect(error?.message.contains("[1, 28, 28]") == true)
            try FileManager.default.removeItem(at: run.appending(path: "encoder/weights.safetensors"))
            #expect(throws: TrainingError.self) { try EncoderExtractor(RunFolder(run)) }
        }
    }
}
