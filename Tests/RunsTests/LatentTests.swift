import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Latents", .serialized)
struct LatentTests {
    /// Normal numbers [12, 4, 8, 8], and labels 0, 1, 2 in turn.
    private let latents = Tensor.randn([12, 4, 8, 8], using: RandomSource(Seed(1)))
    private let labels = (0..<12).map { $0 % 3 }

    private func write(_ latents: Tensor, _ labels: Tensor?, to url: URL) throws {
        try SafetensorsFile.write([("latents", latents)] + (labels.map { [("labels", $0)] } ?? []), to: url)
    }

    private func array(_ tensor: Tensor) -> NumpyArray {
        NumpyArray(tensor.scalars(as: Float.self), shape: tensor.shape)
    }

    @Test("safetensors, npz and npy give the same latents, in runs and to inspection")
    func formats() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try write(latents, Tensor(labels), to: url.appending(path: "a.safetensors"))
            let classes = NumpyArray(labels.map(Int64.init))
            try NumpyArchive(["latents": array(latents), "labels": classes]).write(to: url.appending(path: "a.npz"))
            try array(latents).write(to: url.appending(path: "a.npy"))
            for name in ["a.safetensors", "a.npz", "a.npy"] {
                let path = url.appending(path: name).path
                var settings = LatentSettings()
                settings.path = path
                let data = try TrainingData(.latents(settings), seed: Seed(0))
                assertEqual(try data.examples(Array(0..<12), on: .cpu).contiguous(), latents)
                #expect(data.labels == (name == "a.npy" ? [Int](repeating: 0, count: 12) : labels))
                #expect(data.layout.channels == 4 && data.layout.size == 8 && data.layout.kind == .latents)
                let inspection = try DataInspection(DataReference(parsing: path).open())
                #expect(inspection.count == 12 && inspection.shape == [4, 8, 8] && inspection.contactSheet == nil)
                #expect(inspection.classes.map(\.count) == (name == "a.npy" ? [] : [4, 4, 4]))
                let mean = latents.mean([0, 2, 3]).scalars(as: Double.self)
                for (found, expected) in zip(inspection.means, mean) { assertClose(found, expected) }
            }
        }
    }

    @Test("half precision is read exactly")
    func half() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let file = url.appending(path: "a.safetensors")
            try write(latents.to(.bfloat16), nil, to: file)
            assertEqual(try LatentCollection(file).inMemory().values, latents.to(.bfloat16).to(.float32))
        }
    }

    @Test(
        "labels of every type that holds whole numbers are classes", arguments: [DType.int8, .int16, .uint8, .float32])
    func labelTypes(_ type: DType) throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let file = url.appending(path: "a.safetensors")
            try write(latents, Tensor(labels).to(type), to: file)
            #expect(try LatentCollection(file).labels == labels)
        }
    }

    @Test("what are no latents is refused by name, with what is wrong")
    func mistakes() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let file = url.appending(path: "a.safetensors")
            func refused(_ latents: Tensor, _ labels: Tensor? = nil, _ message: String) throws {
                try write(latents, labels, to: file)
                let error = #expect(throws: DatasetError.self) { try LatentCollection(file).inMemory() }
                let text = error?.description ?? ""
                #expect(text.contains(file.path) && text.contains(message), "\(text)")
            }
            try refused(latents.flatten(1), nil, "latents are floats [N, C, H, W]")
            try refused(latents.to(.int64), nil, "latents are floats [N, C, H, W]")
            try refused(latents * Double.infinity, nil, "infinite or NaN")
            try refused(latents, Tensor(Array(labels.dropLast())), "12 examples but 11 labels")
            try refused(latents, Tensor(labels.map { $0 - 1 }), "the label -1")
            try refused(latents, Tensor(labels).to(.float32) + 0.5, "not whole numbers [N]: number 0 is 0.5")
            try refused(latents, Tensor(labels.map { $0 == 1 ? 1_000_000_000_000 : $0 }), "the label 1000000000000")
            try refused(latents, Tensor.eye(12, dtype: .int64), "for one-hot rows `labels.argmax(1)`")
            try SafetensorsFile.write([("z", latents)], to: file)
            let unnamed = #expect(throws: DatasetError.self) { try LatentCollection(file).inMemory() }
            #expect(unnamed?.description.contains("has no `latents`: it holds z") == true)
            let content = try Data(contentsOf: file)
            try content.prefix(content.count / 2).write(to: file)
            let cut = #expect(throws: TorchError.self) { try LatentCollection(file).inMemory() }
            #expect(cut.map { "\($0)".contains(file.path) } == true)
            let unknown = url.appending(path: "a.pt")
            try content.write(to: unknown)
            let other = #expect(throws: DatasetError.self) { try LatentCollection(unknown) }
            #expect(other?.description.contains("a.pt: latents are read from") == true)
        }
    }

    /// The data of a folder whose only file holds moments: `latents` as means, and a variance for each channel.
    private func moments(_ folder: URL, _ changes: String...) throws -> TrainingData {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let logarithms = Tensor([0.0, 2, -100, 1]).to(.float32).reshape(1, 4, 1, 1) + latents * 0
        try SafetensorsFile.write(
            [("moments", Tensor.cat([latents, logarithms], 1)), ("labels", Tensor(labels))],
            to: folder.appending(path: "a.safetensors"))
        let data = "data={name: latents, path: \"\(folder.path)\"}"
        return try TrainingData(RunSettings().reading(file: nil, setting: [data] + changes).data, seed: Seed(0))
    }

    @Test("moments give a new sample at each step, with their mean and variance, or the mean")
    func posterior() throws {
        try withTemporaryFolder { url in
            let data = try moments(url)
            #expect(data.isDrawnAnew && data.layout.channels == 4)
            let draws = try Tensor.stack(
                (0..<200).map { try data.examples(Array(0..<12), on: .cpu, drawing: Seed(0).child($0)) - latents })
            // 153 600 numbers a channel: four standard errors of mean and variance.
            let variances = draws.square().mean([0, 1, 3, 4]).scalars(as: Double.self)
            let means = draws.mean([0, 1, 3, 4]).scalars(as: Double.self)
            for (channel, expected) in [1.0, exp(2), exp(-30), exp(1)].enumerated() {
                assertClose(variances[channel], expected, relative: 4 * (2.0 / 153_600).squareRoot() + 1e-3)
                #expect(abs(means[channel]) < 4 * (expected / 153_600).squareRoot() + 1e-7)
            }
            let again = try data.examples([3], on: .cpu, drawing: Seed(5))
            assertEqual(again, try data.examples([3], on: .cpu, drawing: Seed(5)))
            // Without a seed, and with `posterior: mean`, it is the mean.
            assertEqual(try data.examples(Array(0..<12), on: .cpu).contiguous(), latents)
            let fixed = try moments(url, "data.posterior=mean")
            #expect(!fixed.isDrawnAnew)
            assertEqual(try fixed.examples([3], on: .cpu, drawing: Seed(5)).contiguous(), latents.slice(0, 3, 4))
        }
    }

    @Test("latents are shifted and scaled, by one number or one for each channel, and samples are as in the files")
    func scaling() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            let one = try moments(data, "data.scale=[0.18215]", "data.posterior=mean")
            assertClose(try one.examples([0], on: .cpu), latents.slice(0, 0, 1) * 0.18215, relative: 1e-6)
            let changes = ["data.shift=[0.5, 0, -1, 2]", "data.scale=[1, 2, 0.5, -1]", "data.posterior=mean"]
            let each = try moments(data, changes[0], changes[1], changes[2])
            let values = try each.examples([7], on: .cpu)
            let (shift, scale) = ([0.5, 0, -1, 2], [1, 2, 0.5, -1.0])
            for channel in 0..<4 {
                assertClose(
                    values[0][channel], (latents[7][channel] - shift[channel]) * scale[channel], absolute: 1e-6)
            }
            let out = url.appending(path: "out.npz")
            try SampleSheet.writeArchive(values, of: each.layout, labels: [1], to: out)
            assertClose(try LatentCollection(out).inMemory().values, latents.slice(0, 7, 8), absolute: 1e-6)
            let error = #expect(throws: DatasetError.self) { try moments(data, "data.shift=[1, 2]") }
            #expect(error?.description.contains("4 channels, but numbers in data.shift: 2") == true)
            #expect(throws: SettingsError.self) { try moments(data, "data.scale=[0]") }
        }
    }

    @Test("pictures show twenty of many classes, evenly chosen, and examinations as many classes as they can")
    func manyClasses() throws {
        try withTemporaryFolder { url in
            let layout = try moments(url, "data.classes=1000").layout
            #expect(layout.balancedLabels(20) == (0..<20).map { $0 * 50 })
            #expect(Set(layout.balancedLabels(1000)).count == 1000)
            let many = Dictionary(grouping: layout.balancedLabels(2500)) { $0 }.mapValues(\.count)
            #expect(many.count == 1000 && many.values.allSatisfy { (2...3).contains($0) })

            let file = url.appending(path: "many.safetensors")
            try write(Tensor.cat([latents, latents, latents]), Tensor((0..<36).map { $0 % 24 }), to: file)
            let run = url.appending(path: "run")
            let data = "data={name: latents, path: \"\(file.path)\"}"
            let settings = try SmallRuns.images(file, steps: 1)
                .reading(yaml: "", setting: [data, "method.positives=1", "evaluation.every=1"])
            try SmallRuns.train(run, settings)
            let sheet = try NumpyArray(contentsOf: RunFolder(run).samples.appending(path: "step-000001.npy"))
            #expect(sheet.shape == [20, 4, 8, 8])
        }
    }

    @Test("a run learns latents, is sampled without its data, and its samples are latents again")
    func run() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let (file, run) = (url.appending(path: "a.safetensors"), url.appending(path: "run"))
            try write(latents, Tensor(labels), to: file)
            let settings = try SmallRuns.images(file, steps: 2)
                .reading(yaml: "", setting: ["data={name: latents, path: \"\(file.path)\"}"])
            #expect(try SmallRuns.train(run, settings) == .finished)
            try FileManager.default.removeItem(at: file)
            let generator = try TrainedModel(RunFolder(run))
            let samples = try generator.samples(of: [0, 2], seed: Seed(1)).values
            #expect(samples.shape == [2, 4, 8, 8])
            let sheet = try NumpyArray(contentsOf: RunFolder(run).samples.appending(path: "step-000002.npy"))
            #expect(sheet.shape == [3, 4, 8, 8])
            let out = url.appending(path: "out.npz")
            try SampleSheet.writeArchive(samples, of: generator.layout, labels: [0, 2], to: out)
            let again = try LatentCollection(out).inMemory()
            assertEqual(again.values, samples)
            #expect(again.labels == [0, 2])
        }
    }
}
