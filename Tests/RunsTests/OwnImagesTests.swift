import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Images of one's own", .serialized)
struct OwnImagesTests {
    /// Settings of a folder or archive, brought to 16 x 16.
    private func images(_ url: URL) -> ImageFolderSettings {
        var settings = ImageFolderSettings()
        (settings.path, settings.size) = (url.path, 16)
        return settings
    }

    private func read(_ settings: ImageFolderSettings) throws -> TrainingData {
        try TrainingData(.images(settings), seed: Seed(0))
    }

    /// A small run on a folder or archive of images.
    private func run(_ data: URL, steps: Int, _ changes: String...) throws -> RunSettings {
        let own = ["data={name: images, path: \"\(data.path)\", size: 16, flip: true}", "method.labels=2"]
        let base = try SmallRuns.images(data, steps: steps)
        return try base.reading(yaml: "", setting: own + changes)
    }

    @Test("channels and classes are those of the files, pixels are theirs in order", arguments: [1, 3])
    func layout(_ channels: Int) throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url, perClass: 2, channels: channels)
            let data = try read(images(url))
            #expect(data.layout.channels == channels && data.layout.classNames == ["cat", "dog"])
            #expect(data.layout.size == 16 && data.layout.height == 16 && data.labels == [0, 0, 1, 1])
            let values = try data.values(at: [3])
            let expected = SmallImages.image(label: 1, number: 1, channels: channels)
            #expect(values.permute(0, 2, 3, 1).contiguous().scalars(as: UInt8.self) == expected.pixels)
            assertEqual(try data.examples([3], on: .cpu).contiguous(), Pixels.floats(values))
        }
    }

    @Test("images of other shapes are cropped, those without folders are one class, a train folder is preferred")
    func shapes() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url.appending(path: "train"), classes: ["x"], perClass: 3, width: 40)
            try SmallImages.write(to: url.appending(path: "test"), classes: ["x"], perClass: 2, width: 16)
            let data = try read(images(url))
            #expect(data.count == 3 && data.layout.classNames == ["x"])
            #expect(try data.values(at: [0, 2]).shape == [2, 3, 16, 16])
            let flat = try read(images(url.appending(path: "train/x")))
            #expect(flat.layout.classNames == ["images"] && flat.labels == [0, 0, 0])
        }
    }

    @Test("what is left open is filled in, and what was filled in must stay true")
    func resolved() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url)
            let unread = images(url)
            let error = #expect(throws: DatasetError.self) { try DataLayout(.images(unread)) }
            #expect(error?.description.contains("not known before the images are read") == true)
            let data = try read(unread)
            #expect(try DataLayout(data.settings) == data.layout)
            guard case .images(let filled) = data.settings else {
                Issue.record("not images: \(data.settings)")
                return
            }
            #expect(filled.channels == 3 && filled.classes == ["cat", "dog"])
            try FileManager.default.moveItem(
                at: url.appending(path: "cat"), to: url.appending(path: "emu"))
            let other = #expect(throws: DatasetError.self) { try read(filled) }
            #expect(
                other?.description.contains("the folders of the classes are dog, emu, but this run learns cat, dog")
                    == true)
        }
    }

    // MARK: Mistakes

    @Test("an absent folder and an absent path are named")
    func absent() throws {
        let error = #expect(throws: DatasetError.self) { try read(images(URL(filePath: "/absent/photos"))) }
        #expect(error?.description.contains("/absent/photos: there is no such folder or archive") == true)
        let unnamed = #expect(throws: SettingsError.self) { try RunSettings().reading(yaml: "data: {name: images}") }
        #expect(unnamed.map { "\($0)".contains("data.path: must not be empty") } == true)
    }

    @Test("a damaged file stops the run before its folder is made; several are counted and named")
    func damaged() throws {
        try withTemporaryFolder { url in
            let (data, run) = (url.appending(path: "data"), url.appending(path: "run"))
            try SmallImages.write(to: data)
            let files = ["dog/1.png", "dog/2.png"].map { data.appending(path: $0) }
            try Data(contentsOf: files[0]).prefix(100).write(to: files[0])
            let settings = try self.run(data, steps: 1)
            let one = #expect(throws: FileError.self) { try SmallRuns.train(run, settings) }
            #expect(one?.description.contains("dog/1.png") == true)
            #expect(!FileManager.default.fileExists(atPath: run.path))
            try Data().write(to: files[1])
            let two = #expect(throws: DatasetError.self) { try SmallRuns.train(run, settings) }
            let text = two?.description ?? ""
            #expect(text.contains("2 of 8 images cannot be read"))
            #expect(text.contains("dog/1.png") && text.contains("dog/2.png"), "\(text)")
        }
    }

    @Test("a gray image among others in colour is named, unless the channels are given")
    func mixedChannels() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url)
            let gray = SmallImages.image(label: 1, number: 0, channels: 1)
            try gray.writePNG(to: url.appending(path: "dog/1.png"))
            var settings = images(url)
            let error = #expect(throws: FileError.self) { try read(settings) }
            #expect(error?.description.contains("dog/1.png") == true)
            #expect(error?.description.contains("it is gray, others are RGB") == true)
            settings.channels = 3
            let image = try read(settings).values(at: [5])
            #expect(image.shape == [1, 3, 16, 16])
            #expect((image.slice(1, 0, 1) .== image.slice(1, 2, 3)).all().intItem() == 1)
            settings.channels = 1
            #expect(try read(settings).layout.channels == 1)
        }
    }

    @Test("sizes that only the files tell are still compared with the network's")
    func disagreement() throws {
        try withTemporaryFolder { url in
            let (data, run) = (url.appending(path: "data"), url.appending(path: "run"))
            try SmallImages.write(to: data)
            let settings = try self.run(data, steps: 1, "network={name: dit, patch: 5}")
            let error = #expect(throws: SettingsError.self) { try SmallRuns.train(run, settings) }
            #expect(error.map { "\($0)".contains("cuts samples into patches of 5, but they are 16 x 16") } == true)
        }
    }

    // MARK: Runs

    @Test("stopped and resumed, a run with flips leaves the same weights as in one go; it is sampled without the data")
    func resumed() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallImages.write(to: data)
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            let settings = try run(data, steps: 4)
            #expect(try SmallRuns.train(whole, settings) == .finished)
            // As the command does: the second half starts from what the first has written.
            #expect(
                try SmallRuns.train(parts, settings) { $0.contains("step 1/4") }
                    == .interrupted(stage: "generator", step: 1))
            let written = try RunSettings().reading(file: RunFolder(parts).configuration.path)
            #expect(try SmallRuns.train(parts, written, resuming: true) == .finished)
            let last = "checkpoints/step-000004/"
            let (a, b) = (try files(below: whole), try files(below: parts))
            #expect(a.keys.contains { $0.hasPrefix(last) })
            for (path, content) in a where path.hasPrefix(last) || path == "config.yaml" || path.hasSuffix(".png") {
                #expect(b[path] == content, "\(path) differs")
            }
            try FileManager.default.removeItem(at: data)
            let generator = try TrainedModel(RunFolder(parts))
            #expect(generator.layout.classNames == ["cat", "dog"])
            #expect(try generator.samples(of: [0, 1], seed: Seed(1)).values.shape == [2, 3, 16, 16])
        }
    }

    @Test("flips mirror about half of the images of a step, and none unless asked")
    func flips() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url, perClass: 1)
            var settings = images(url)
            var drifting = DriftingMethod()
            (drifting.labels, drifting.generated, drifting.positives) = (nil, 1, 1)
            func bars(_ step: Int) throws -> [Bool] {
                let batches = try DriftingBatches(read(settings), drifting, device: .cpu, seed: Seed(1)).drawing(
                    latent: 4)
                let positives = try batches.batch(at: step).positives.flatten(0, 1)
                // The bar is at the left: the left half is brighter unless the image is mirrored.
                let halves = positives.mean([1, 2])
                let (left, right) = (halves.slice(1, 0, 8).mean([1]), halves.slice(1, 8, 16).mean([1]))
                return (left .> right).scalars(as: Int.self).map { $0 == 1 }
            }
            #expect(try (0..<10).allSatisfy { try bars($0) == [true, true] })
            settings.flip = true
            let seen = try (0..<100).flatMap { try bars($0) }
            // Five standard deviations of 200 fair throws.
            #expect(abs(seen.count { $0 } - 100) <= 35)
            #expect(try bars(7) == Array(seen[14..<16]))
        }
    }

    @Test("what cannot be read is left out when asked, is written into config.yaml, and stays left out on resumption")
    func leftOut() throws {
        try withTemporaryFolder { url in
            let (data, whole, parts) = (
                url.appending(path: "data"), url.appending(path: "whole"), url.appending(path: "parts")
            )
            try SmallImages.write(to: data)
            let file = data.appending(path: "dog/1.png")
            let sound = try Data(contentsOf: file)
            try sound.prefix(100).write(to: file)
            let refusal = #expect(throws: FileError.self) { try SmallRuns.train(whole, run(data, steps: 4)) }
            #expect(refusal?.file.hasSuffix("dog/1.png") == true)
            let settings = try run(
                data, steps: 4, "data.skip_unreadable=true", "data.dequantise=true", "method.features.encoder.batch=4")
            #expect(try SmallRuns.train(whole, settings) == .finished)
            #expect(
                try SmallRuns.train(parts, settings) { $0.contains("step 1/4") }
                    == .interrupted(stage: "generator", step: 1))
            let written = try RunSettings().reading(file: RunFolder(parts).configuration.path)
            guard case .images(let images) = written.data else {
                Issue.record("not images: \(written.data)")
                return
            }
            #expect(images.leftOut == ["dog/1.png"])
            // Fixed in the meantime: the run goes on with what it began with.
            try sound.write(to: file)
            #expect(try SmallRuns.train(parts, written, resuming: true) == .finished)
            let last = "checkpoints/step-000004/"
            let (a, b) = (try files(below: whole), try files(below: parts))
            for (path, content) in a where path.hasPrefix(last) { #expect(b[path] == content, "\(path) differs") }
        }
    }

    @Test("dequantised pixels lie within their level, drawn at each step, with the same numbers for the same step")
    func dequantised() throws {
        try withTemporaryFolder { url in
            try SmallImages.write(to: url, perClass: 2)
            var settings = images(url)
            settings.dequantise = true
            let data = try read(settings)
            let levels = try data.values(at: [0, 1, 2, 3]).to(.float32)
            let draws = try [1, 1, 2].map { try data.examples([0, 1, 2, 3], on: .cpu, drawing: Seed($0)) }
            let noise = (draws[0] + 1) * 128 - levels
            #expect(noise.amin().item() >= 0 && noise.amax().item() <= 1)
            // Uniform in [0, 1): the mean of 3072 numbers has a standard error of 0.0052.
            #expect(abs(noise.mean().item() - 0.5) < 0.026)
            assertEqual(draws[0], draws[1])
            #expect((draws[0] .== draws[2]).to(.float32).mean().item() < 0.01)
            // What examines samples sees the images as they are.
            assertEqual(
                try data.examples([2], on: .cpu).contiguous(), try Pixels.floats(data.values(at: [2])).contiguous())
        }
    }

    @Test(
        "an encoder that learns from random parts resumes to the same bits; latents have no parts",
        arguments: [
            "{name: resized, scale: [0.3, 1]}", "{name: padded, padding: 2}",
        ])
    func crops(_ crop: String) throws {
        try withTemporaryFolder { url in
            let (data, whole, parts) = (
                url.appending(path: "data"), url.appending(path: "whole"), url.appending(path: "parts")
            )
            try SmallImages.write(to: data, width: 24)
            let settings = try run(
                data, steps: 1, "method.features.encoder.crop=\(crop)", "method.features.encoder.training.steps=4")
            #expect(try SmallRuns.train(whole, settings) == .finished)
            #expect(
                try SmallRuns.train(parts, settings) { $0.contains("step 1/4") }
                    == .interrupted(stage: "encoder", step: 1))
            #expect(try SmallRuns.train(parts, settings, resuming: true) == .finished)
            let name = "encoder/weights.safetensors"
            let (a, b) = (try files(below: whole)[name], try files(below: parts)[name])
            #expect(a != nil && a == b)
        }
    }

    @Test(
        "images of 256 x 256 train, by either generator and with an encoder of patches",
        arguments: [
            "{name: conv_generator, latent: 4, width: 4, condition: 8}",
            "{name: dit_b16, hidden: 16, condition: 8, depth: 1, heads: 2, class_tokens: 1, codebooks: 2, styles: 4}",
        ])
    func large(_ model: String) throws {
        try withTemporaryFolder { url in
            let (data, run) = (url.appending(path: "data"), url.appending(path: "run"))
            try SmallImages.write(to: data, perClass: 2)
            let settings = try self.run(
                data, steps: 2, "data.size=256", "network=\(model)", "method.features.encoder.patch=8",
                "method.features.encoder.batch=4",
                "method.features.encoder.crop={name: resized}", "method.features.locations_up_to=16")
            #expect(try SmallRuns.train(run, settings) == .finished)
            let generator = try TrainedModel(RunFolder(run))
            let samples = try generator.samples(of: [0, 1], seed: Seed(1)).values
            #expect(samples.shape == [2, 3, 256, 256])
            #expect(samples.to(.float32).isfinite().all().intItem() == 1)
        }
    }
}
