import Datasets
import Evaluation
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("The built-in classifier") struct ClassifierExtractorTests {
    /// Images of 12 x 12 with a bright half: left, right, top or bottom.
    private func halves(_ count: Int, _ seed: Int) throws -> TensorDataset {
        let source = RandomSource(Seed(7).child(seed))
        let noise = Tensor.randint(0..<100, [count, 1, 12, 12], using: source, dtype: .uint8)
        let labels = (0..<count).map { $0 % 4 }
        for (index, label) in labels.enumerated() {
            let image = noise[index, 0]
            let half = [image[0..., 0..<6], image[0..., 6..<12], image[0..<6], image[6..<12]][label]
            half.copy(from: half + 120)
        }
        return try TensorDataset(values: noise, labels: Tensor(labels))
    }

    private var quick: ClassifierTraining {
        var training = ClassifierTraining()
        training.batchSize = 32
        training.epochs = 2
        return training
    }

    @Test("It learns, is kept, and is the same when it comes from the cache or is trained again")
    func learning() throws {
        try withTemporaryFolder { folder in
            let (train, test) = (try halves(320, 1), try halves(80, 2))
            var reports = 0
            func make(_ cache: URL?, _ training: ClassifierTraining) throws -> ClassifierExtractor {
                try .trained(on: train, test: test, name: "halves", training: training, cache: cache) { _ in
                    reports += 1
                }
            }
            let first = try make(folder, quick)
            #expect(first.accuracy > 0.95)
            #expect(first.name == "classifier-halves")
            #expect(reports == 1)

            let cached = try make(folder, quick)
            #expect(reports == 1, "the second time nothing is trained")
            let again = try make(nil, quick)
            #expect(Set([first.checksum, cached.checksum, again.checksum]).count == 1)
            #expect(cached.accuracy == first.accuracy)
            let images = Pixels.floats(test.values)
            assertEqual(try cached.features(of: images), try first.features(of: images))
            #expect(try first.features(of: images).shape == [80, 128])
            #expect(!(try first.features(of: images).requiresGrad))

            var other = quick
            other.seed = Seed(1)
            #expect(try make(folder, other).checksum != first.checksum)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
        }
    }

    @Test("Images of another size and data without labels are refused")
    func refusals() throws {
        let data = try halves(64, 3)
        let extractor = try ClassifierExtractor.trained(
            on: data, test: data, name: "halves", training: quick, cache: nil)
        #expect(throws: MetricError.self) { try extractor.features(of: Tensor.zeros([1, 1, 14, 14])) }
        #expect(!extractor.isInception)
        let unlabelled = try TensorDataset(values: data.values)
        #expect(throws: DatasetError.self) {
            try ClassifierExtractor.trained(on: unlabelled, test: data, name: "halves", cache: nil)
        }
    }
}
