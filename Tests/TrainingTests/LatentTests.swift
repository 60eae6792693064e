import Datasets
import FileFormats
import Foundation
import Settings
import TestSupport
import Testing
import Torch
import Training

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
            assertEqual(try LatentFile.read(file).values, latents.to(.bfloat16).to(.float32))
        }
    }

    @Test("what are no latents is refused by name, with what is wrong")
    func mistakes() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let file = url.appending(path: "a.safetensors")
            func refused(_ latents: Tensor, _ labels: Tensor? = nil, _ message: String) throws {
                try write(latents, labels, to: file)
                let error = #expect(throws: DatasetError.self) { try LatentFile.read(file) }
                let text = error?.description ?? ""
                #expect(text.contains(file.path) && text.contains(message), "\(text)")
            }
            try refused(latents.flatten(1), nil, "not floats [N, C, H, W]")
            try refused(latents.to(.int64), nil, "not floats [N, C, H, W]")
            try refused(latents * Double.infinity, nil, "infinite or NaN")
            try refused(latents, Tensor(Array(labels.dropLast())), "12 examples but 11 labels")
            try refused(latents, Tensor(labels.map { $0 - 1 }), "the label -1")
            try refused(latents, Tensor(labels).to(.float32), "not whole numbers [N]")
            try SafetensorsFile.write([("z", latents)], to: file)
            let unnamed = #expect(throws: DatasetError.self) { try LatentFile.read(file) }
            #expect(unnamed?.description.contains("has no `latents`: it holds z") == true)
            let content = try Data(contentsOf: file)
            try content.prefix(content.count / 2).write(to: file)
            let cut = #expect(throws: TorchError.self) { try LatentFile.read(file) }
            #expect(cut.map { "\($0)".contains(file.path) } == true)
            let other = #expect(throws: DatasetError.self) { try LatentFile.read(url.appending(path: "a.pt")) }
            #expect(other?.description.contains("a.pt: latents are read from") == true)
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
            let generator = try TrainedGenerator(RunFolder(run))
            let samples = generator.samples(of: [0, 2], seed: Seed(1))
            #expect(samples.shape == [2, 4, 8, 8])
            let sheet = try NumpyArray(contentsOf: RunFolder(run).samples.appending(path: "step-000002.npy"))
            #expect(sheet.shape == [3, 4, 8, 8])
            let out = url.appending(path: "out.npz")
            try SampleSheet.writeArchive(samples, of: .latents, labels: [0, 2], to: out)
            let again = try LatentFile.read(out)
            assertEqual(again.values, samples)
            #expect(again.labels == [0, 2])
        }
    }
}
