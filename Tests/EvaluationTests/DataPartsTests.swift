import Datasets
import Evaluation
import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Parts, classes and unreadable images of data") struct DataPartsTests {
    /// Noise around a shade of each class, 12 x 12, in a folder per class.
    private func write(_ shades: [String: Int], _ count: Int, to folder: URL) throws {
        for (name, shade) in shades {
            let place = folder.appending(path: name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            let source = RandomSource(Seed(9).child(folder.lastPathComponent + name))
            let noise = Tensor.randint(0..<40, [count, 144], using: source).scalars(as: Int.self)
            for index in 0..<count {
                let pixels = noise[(index * 144)..<((index + 1) * 144)].map { UInt8($0 + shade) }
                try Image8(width: 12, height: 12, channels: 1, pixels: pixels)
                    .writePNG(to: place.appending(path: "\(index).png"))
            }
        }
    }

    @Test("Data without parts are all images, and a part of them that is asked for does not exist")
    func undivided() throws {
        try withTemporaryFolder { folder in
            try write(["a": 0, "b": 200], 3, to: folder)
            let parts = try DataParts(DataReference(folder.path, nil))
            #expect(!parts.hasParts)
            let data = try parts.choose(nil)
            #expect(data.split == nil && data.partName == "all")
            for split in Split.allCases {
                let error = #expect(throws: MetricError.self) { _ = try parts.choose(split) }
                #expect(error?.message.contains("has no part '\(split.rawValue)'") == true)
            }
        }
    }

    @Test("Data in parts give the test part unless another is named; a missing one is not replaced by the other")
    func divided() throws {
        try withTemporaryFolder { folder in
            try write(["train/a": 0, "train/b": 200], 3, to: folder)
            let trainOnly = try DataParts(DataReference(folder.path, nil))
            #expect(trainOnly.parts == [.train])
            let error = #expect(throws: MetricError.self) { _ = try trainOnly.choose(nil) }
            #expect(error?.message.contains("\(folder.path):train") == true)
            #expect(try trainOnly.choose(.train).partName == "train")
            try write(["test/a": 0, "test/b": 200], 2, to: folder)
            let both = try DataParts(DataReference(folder.path, nil))
            #expect(try both.choose(nil).partName == "test")
            #expect(try both.choose(.train).open().count == 6)
        }
    }

    @Test("Archives of samples and data sets of files know their parts")
    func others() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "samples.npz")
            try NumpyArchive(["arr_0": NumpyArray([UInt8](repeating: 3, count: 48), shape: [4, 2, 2, 3])]).write(
                to: url)
            #expect(try DataParts(DataReference(url.path, nil)).hasParts == false)
            let digits = folder.appending(path: "digits")
            try SmallMNIST.write(to: digits, perClass: 2)
            let parts = try DataParts(DataReference(digits.path, nil))
            #expect(parts.parts == [.train])
            #expect(throws: (any Error).self) { _ = try DataParts(DataReference(folder.path + "/none", nil)) }
        }
    }

    @Test("Classes are matched by name: one that is missing from the test part costs no accuracy")
    func classNames() throws {
        func data(_ names: [String], _ shades: [Int], _ seed: Int) throws -> TensorDataset {
            let source = RandomSource(Seed(3).child(seed))
            let labels = (0..<(60 * names.count)).map { $0 % names.count }
            let noise = Tensor.randint(0..<40, [labels.count, 1, 12, 12], using: source)
            let base = Tensor(labels.map { shades[$0] }).reshape(labels.count, 1, 1, 1)
            return try TensorDataset(values: (noise + base).to(.uint8), labels: Tensor(labels), classNames: names)
        }
        let train = try data(["cat", "dog", "eel"], [0, 100, 200], 1)
        var training = ClassifierTraining()
        (training.batchSize, training.epochs) = (16, 4)
        for test in [
            try data(["dog", "eel"], [100, 200], 2), try data(["eel", "cat"], [200, 0], 3),
            try data(["cat", "dog", "eel"], [0, 100, 200], 4),
        ] {
            let judge = try ClassifierExtractor.trained(
                on: train, test: test, name: "animals", training: training, cache: nil)
            #expect(judge.accuracy > 0.95)
        }
        let unknown = try data(["eel", "fox"], [200, 100], 5)
        let judge = try ClassifierExtractor.trained(
            on: train, test: unknown, name: "animals", training: training, cache: nil)
        assertClose(judge.accuracy, 0.5, absolute: 0.03)
    }

    @Test("An image that cannot be read is left out and counted where that is wished for, and named where not")
    func unreadable() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            for part in ["train", "test"] { try write(["a": 0, "b": 200], 8, to: data.appending(path: part)) }
            let broken = data.appending(path: "test/b/3.png")
            try Data(Data(contentsOf: broken).prefix(60)).write(to: broken)
            let reference = DataReference(data.path, .test)
            let error = #expect(throws: FileError.self) {
                _ = try ImageSet(reference, count: 100, choosing: .spread)
            }
            #expect(error?.description.contains("3.png") == true)
            for configuration in [ImageCollection.Configuration(), .init(size: 8)] {
                let set = try ImageSet(
                    reference, count: 100, choosing: .spread, configuration, skipsUnreadable: true)
                #expect(set.count == 15 && set.leftOut == ["test/b/3.png"])
            }
            let judge = try #require(
                try ExtractorChoice.classifier.make(for: reference, cache: nil) as? ClassifierExtractor)
            #expect(judge.leftOut == 1 && !judge.isTestedOnTraining)
            let set = try ImageSet(reference, count: 100, choosing: .spread, skipsUnreadable: true)
            let report = try SampleEvaluation(judge, Evaluator([.frechet])).report(
                [set], against: set, samples: .init(source: "a", count: 15),
                data: .init(name: "b", split: "test", count: 15))
            #expect(report.report.data.leftOut == 1 && report.report.samples.leftOut == 1)
            #expect(report.markdown().contains("without 1 that cannot be read"))
            #expect(report.alerts.contains { $0.contains("1 images of data cannot be read") })
        }
    }

    @Test("Judging a model by the images that it learned from is said in text and JSON")
    func training() throws {
        let images = ImageSet(Tensor.randint(0..<256, [60, 1, 4, 4], using: RandomSource(Seed(1)), dtype: .uint8))
        var data = EvaluationReport.Data(name: "photos", split: "all", count: 60)
        data.isTrainingData = true
        let report = try SampleEvaluation(PixelExtractor(), Evaluator([.kid])).report(
            [images], against: images, samples: .init(source: "run", count: 60), data: data)
        #expect(report.markdown().contains("The model learned from these data (photos:all)"))
        #expect(try report.json().contains("\"is_training_data\" : true"))
        #expect(report.alerts.contains { $0.contains("learned from these data") })
    }
}
