import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("What runs promise of their data")
struct DataPromisesTests {
    private func images(_ url: URL) -> ImageFolderSettings {
        var settings = ImageFolderSettings()
        (settings.path, settings.size) = (url.path, 16)
        return settings
    }

    private func read(_ settings: ImageFolderSettings) throws -> TrainingData {
        try TrainingData(.images(settings), seed: Seed(0))
    }

    @Test("dequantised pixels become the bytes of their files again, on sheets and in archives of samples")
    func dequantised() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url, perClass: 2)
            var settings = images(url)
            #expect(try read(settings).layout.quantisation == .nearest)
            settings.dequantise = true
            let data = try read(settings)
            #expect(data.layout.quantisation == .levels)
            let expected = try data.values(at: [0, 1, 2, 3])
            let archive = url.appending(path: "samples.npz")
            for seed in 0..<20 {
                let draws = try data.examples([0, 1, 2, 3], on: .cpu, drawing: Seed(UInt64(seed)))
                assertEqual(data.layout.bytes(draws).contiguous(), expected.contiguous())
                let sheet = SampleSheet.images(draws, data.layout.quantisation)
                #expect(sheet[3].pixels == SmallImages.image(label: 1, number: 1).pixels)
                try SampleSheet.writeArchive(draws, of: data.layout, labels: [0, 0, 1, 1], to: archive)
                assertEqual(try SampleArchive(contentsOf: archive).images, expected.contiguous())
                // To judges they look as the images of the files do.
                assertEqual(data.layout.seen(draws).contiguous(), Pixels.floats(expected).contiguous())
            }
        }
    }

    @Test("an image that training leaves out is left out by evaluation, in other parts too, and named")
    func leftOut() throws {
        try withTemporaryFolder { url in
            for part in ["train", "test"] {
                try SmallImages.write(to: url.appending(path: part), perClass: 3)
                let file = url.appending(path: "\(part)/dog/1.png")
                try Data(contentsOf: file).prefix(100).write(to: file)
            }
            var settings = images(url)
            settings.skipUnreadable = true
            let data = try read(settings)
            #expect(data.count == 5 && data.leftOut.map { $0.file.hasSuffix("train/dog/1.png") } == [true])
            let reference = data.settings.reference
            #expect(reference.leftOut == ["train/dog/1.png"])
            let train = try reference.opened()
            #expect(train.part == .train && train.dataset.count == 5)
            let test = try reference.part(.test).opened()
            #expect(test.part == .test && test.dataset.count == 5)
            #expect(test.leftOut.map { $0.file.hasSuffix("test/dog/1.png") } == [true])
            _ = try test.dataset.examples(at: Array(0..<5))
            // Without the setting nothing is left out in silence.
            #expect(throws: FileError.self) { try read(images(url)) }
        }
    }

    @Test("training knows the remarks of inspection, and classes of all parts by one numbering")
    func remarks() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url.appending(path: "train"), classes: ["b", "c"], perClass: 1)
            try SmallImages.write(to: url.appending(path: "test"), classes: ["a", "c"], perClass: 1)
            try Data("RIFF0000WEBPVP8 ".utf8).write(to: url.appending(path: "train/b/x.webp"))
            let data = try read(images(url))
            #expect(data.layout.classNames == ["a", "b", "c"] && data.labels == [1, 2])
            let inspected = try DataReference(parsing: "\(url.path):train").opened(.init(size: 16)).remarks
            #expect(data.remarks == inspected && data.remarks.count == 2, "\(data.remarks)")
            #expect(data.remarks.last == "Classes without examples in the part train, 1 of 3: a.")
            // A method that needs each class names the one that it lacks.
            var method = DriftingMethod()
            (method.positives, method.negatives) = (1, 0)
            let error = #expect(throws: DatasetError.self) {
                try DriftingBatches(data, method, device: .cpu, seed: Seed(0))
            }
            #expect(error?.message.contains("Class 'a' (number 0)") == true, "\(error?.message ?? "")")
        }
    }

    @Test("a batch of more examples than there are is an error with both numbers, never a smaller batch")
    func batches() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url, classes: ["a"], perClass: 9)
            let data = try read(images(url))
            let error = #expect(throws: DatasetError.self) {
                try LabelledBatches(data, size: 512, device: .cpu, seed: Seed(0))
            }
            #expect(error?.message.contains("512") == true && error?.message.contains("9") == true)
            let run = url.appending(path: "run")
            let change = "method.features.encoder.batch=512"
            let settings = try SmallRuns.images(url, steps: 1).reading(
                yaml: "", setting: ["data={name: images, path: \"\(url.path)\", size: 16}", "method.labels=1", change])
            #expect(throws: DatasetError.self) { try SmallRuns.train(run, settings) }
        }
    }

    @Test("labels with gaps are told of, points of no dimensions refused")
    func points() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            var settings = PointSettings()
            settings.path = url.appending(path: "points.npz").path
            let points = NumpyArray([Float](repeating: 0.5, count: 6), shape: [3, 2])
            try NumpyArchive(["points": points, "labels": NumpyArray([0, 3, 0] as [UInt16])])
                .write(to: URL(filePath: settings.path))
            let data = try TrainingData(.points(settings), seed: Seed(0))
            #expect(data.layout.classes == 4 && data.labels == [0, 3, 0])
            #expect(data.remarks == ["Classes without examples, 2 of 4: 1, 2."])
            try NumpyArchive(["points": NumpyArray([Float](), shape: [3, 0])]).write(to: URL(filePath: settings.path))
            let error = #expect(throws: DatasetError.self) { try TrainingData(.points(settings), seed: Seed(0)) }
            #expect(error?.message.contains("'points': the points have the shape [3, 0]") == true)
        }
    }
}
