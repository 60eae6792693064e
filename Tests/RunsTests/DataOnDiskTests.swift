import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Data that stay on disk", .serialized)
struct DataOnDiskTests {
    /// The same data in memory, on disk, and on disk with a few that were seen last in memory.
    private func variants(_ settings: DataSettings) throws -> [TrainingData] {
        try [1, 0, 4000.0 / Double(1 << 30)].map { gibibytes in
            var settings = settings
            switch settings {
            case .images(var images):
                images.memory.gibibytes = gibibytes
                settings = .images(images)
            case .latents(var latents):
                latents.memory.gibibytes = gibibytes
                settings = .latents(latents)
            default: Issue.record("\(settings) have no memory")
            }
            return try TrainingData(settings, seed: Seed(0))
        }
    }

    private func expectSame(
        _ settings: DataSettings, crop: RandomCrop? = nil, location: SourceLocation = #_sourceLocation
    ) throws {
        var objective = DriftingMethod()
        (objective.labels, objective.positives, objective.negatives) = (2, 2, 3)
        let batches = try variants(settings).map { data in
            let drifting = try DriftingBatches(data, objective, device: .cpu, seed: Seed(1)).drawing(latent: 4)
            let shuffled = try LabelledBatches(data, size: 3, flipping: true, crop: crop, device: .cpu, seed: Seed(2))
            // In order, as in training, then back and forth, as after a resume.
            return try [0, 1, 2, 3, 7, 2].map { step in
                let batch = try drifting.batch(at: step)
                let images = try shuffled.batch(at: step).values
                return [batch.positives, try #require(batch.negatives), images]
            }
        }
        for other in batches.dropFirst() {
            for (inMemory, onDisk) in zip(batches[0].joined(), other.joined()) {
                assertEqual(onDisk.contiguous(), inMemory.contiguous(), location)
            }
        }
    }

    @Test("batches of images are those of images in memory, crops and noise included")
    func images() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url, perClass: 6, width: 24)
            var settings = ImageFolderSettings()
            (settings.path, settings.size, settings.flip, settings.dequantise) = (url.path, 16, true, true)
            try expectSame(.images(settings))
            try expectSame(.images(settings), crop: .padded(3))
        }
    }

    @Test("batches of latents are those of latents in memory, draws from moments included")
    func latents() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let moments = Tensor.randn([12, 8, 8, 8], using: RandomSource(Seed(3)))
            try SafetensorsFile.write(
                [("moments", moments), ("moments_flip", -moments), ("labels", Tensor((0..<12).map { $0 % 2 }))],
                to: url.appending(path: "a.safetensors"))
            var settings = LatentSettings()
            (settings.path, settings.flip) = (url.path, true)
            try expectSame(.latents(settings))
        }
    }

    @Test("a file that breaks while a run trains is named at the step that needs it")
    func broken() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url, perClass: 6)
            var settings = ImageFolderSettings()
            (settings.path, settings.size, settings.memory.gibibytes) = (url.path, 16, 0)
            let data = try TrainingData(.images(settings), seed: Seed(0))
            let batches = try LabelledBatches(data, size: 12, device: .cpu, seed: Seed(2))
            let file = try #require(FileManager.default.subpaths(atPath: url.path)?.first { $0.hasSuffix(".png") })
            try Data("no image".utf8).write(to: url.appending(path: file))
            for step in 0..<2 {
                let error = #expect(throws: DatasetError.self) { try batches.batch(at: step) }
                #expect(error?.description.contains(file) == true && error?.description.contains("--resume") == true)
            }
        }
    }
}
