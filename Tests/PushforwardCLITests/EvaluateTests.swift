import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("Evaluating runs and files", .serialized)
struct EvaluateTests {
    /// Gray images of 28 x 28 whose shade differs, in `folder`.
    private func writeImages(_ count: Int, to folder: URL, shade: Int = 0) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for index in 0..<count {
            let pixels = (0..<784).map { UInt8(($0 * (index + 3) + shade) % 251) }
            try Image8(width: 28, height: 28, channels: 1, pixels: pixels)
                .writePNG(to: folder.appending(path: "\(index).png"))
        }
    }

    private func object(_ url: URL) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
    }

    @Test("points of a flow are measured against fresh points of the toy, and against those of a file")
    func points() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.flow("flow", steps: 4), in: folder).outcome().expectSuccess()
            let outcome = try Program.run(
                "evaluate", "--run", "flow", "--count", "300", "--json", "report.json", in: folder)
            outcome.expectSuccess()
            let report = try object(folder.appending(path: "report.json"))
            let metrics = try #require(report["metrics"] as? [String: [String: Any]])
            for name in ["sliced_wasserstein", "mmd", "energy_distance"] {
                #expect((metrics[name]?["value"] as? Double ?? -1) > 0, "\(name)")
                #expect(metrics[name]?["extractor"] as? String == "coordinates")
            }
            let data = try #require((report["report"] as? [String: Any])?["data"] as? [String: Any])
            #expect(data["name"] as? String == "two_modes" && data["split"] as? String == "test")
            #expect(data["is_training_data"] as? Bool == false)
            try Program.run("sample", "--run", "flow", "--count", "200", "--out", "points.npz", in: folder)
                .expectSuccess()
            let file = try Program.run(
                "evaluate", "--samples", "points.npz", "--data", "two_modes", "--count", "200", "--metrics", "mmd",
                in: folder)
            file.expectSuccess()
            #expect(file.output.contains("| MMD² |") && !file.output.contains("| Energy distance |"))
            try Program.run("evaluate", "--run", "flow", "--size", "8", in: folder).expectRefusal(
                "--size is for images")
            for count in ["99999999999", "\(Int.max)"] {
                try Program.run("evaluate", "--run", "flow", "--count", count, in: folder)
                    .expectRefusal("--count: \(count) samples of 1 set do not fit")
            }
        }
    }

    @Test("what inspection remarks about samples and data, the report notes; points in a folder are not data")
    func remarks() throws {
        try withTemporaryFolder { folder in
            try writeImages(12, to: folder.appending(path: "data"))
            try writeImages(12, to: folder.appending(path: "samples"), shade: 5)
            try Data("RIFF0000WEBPVP8 ".utf8).write(to: folder.appending(path: "data/x.webp"))
            let arguments = ["evaluate", "--extractor", "pixels", "--no-cache", "--metrics", "kid", "--data", "data"]
            let outcome = try Program(arguments + ["--samples", "samples"], in: folder).outcome()
            outcome.expectSuccess()
            #expect(
                outcome.output.contains("> **Note** Data: ") && outcome.output.contains("webp"), "\(outcome.output)")
            try NumpyArray((0..<40).map { Float($0) }, shape: [20, 2]).write(to: folder.appending(path: "p.npy"))
            try NumpyArray((0..<60).map { Float($0) }, shape: [20, 3]).write(to: folder.appending(path: "q.npy"))
            try Program.run("evaluate", "--samples", "p.npy", "--data", "data", in: folder)
                .expectRefusal("--data: the folder data holds no points")
            try Program.run("evaluate", "--samples", "p.npy", "--data", "q.npy", in: folder)
                .expectRefusal("Samples of 2 and data of 3 dimensions cannot be compared")
        }
    }

    @Test("a folder without parts is measured as a whole, and no part of it is invented")
    func undivided() throws {
        try withTemporaryFolder { folder in
            try writeImages(12, to: folder.appending(path: "data"))
            try writeImages(11, to: folder.appending(path: "samples"), shade: 5)
            let arguments = ["evaluate", "--samples", "samples", "--extractor", "pixels", "--no-cache"]
            try Program(arguments + ["--data", "data", "--json", "report.json"], in: folder).outcome().expectSuccess()
            let report = try object(folder.appending(path: "report.json"))
            let data = try #require((report["report"] as? [String: Any])?["data"] as? [String: Any])
            #expect(data["split"] as? String == "all" && data["count"] as? Int == 12)
            #expect((report["unavailable"] as? [String: String])?.keys.sorted() == ["inception_score"])
            try Program(arguments + ["--data", "data:test"], in: folder).outcome()
                .expectRefusal("data has no part 'test'", "Name it without ':test'")
        }
    }

    @Test("numbers that cannot be computed end with their reason and a status; names between commas must be there")
    func nothing() throws {
        try withTemporaryFolder { folder in
            try writeImages(12, to: folder.appending(path: "data"))
            let arguments = [
                "evaluate", "--samples", "data", "--data", "data", "--extractor", "pixels", "--no-cache", "--metrics",
            ]
            let outcome = try Program(arguments + ["inception_score", "--json", "a.json"], in: folder).outcome()
            outcome.expectRefusal("None of the metrics could be computed", "inception_score", "--extractor classifier")
            #expect(outcome.output.contains("| Classifier score | not available |"))
            let report = try object(folder.appending(path: "a.json"))
            #expect((report["unavailable"] as? [String: String])?["inception_score"] != nil)
            for names in ["kid,,mmd", ",", "kid,", "KID"] {
                let wrong = try Program(arguments.dropLast() + ["--metrics=\(names)"], in: folder).outcome()
                #expect(wrong.status != 0 && wrong.errors.contains("--metrics: there is no"), "\(names)")
            }
            let some = try Program(arguments + ["inception_score,kid"], in: folder).outcome()
            some.expectSuccess()
            #expect(some.errors.contains("Warning: inception_score: "))
        }
    }

    @Test("a run's own training images are told, unreadable ones left out, and NaN never becomes a number")
    func ownImages() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            for name in ["a", "b"] { try writeImages(6, to: data.appending(path: name), shade: name == "a" ? 0 : 90) }
            let broken = data.appending(path: "a/2.png")
            try Data(Data(contentsOf: broken).prefix(70)).write(to: broken)
            let yaml = """
                data: {name: images, path: "\(data.path)", size: 28, channels: 1, skip_unreadable: true}
                network: {name: conv_generator, latent: 4, width: 4, condition: 8}
                method: {name: drifting, labels: 2, generated: 2, positives: 2, features: {encoder: null}}
                training: {steps: 1, warmup_steps: 0, checkpoint_every: 1}
                evaluation: {per_class: 2}
                """
            try yaml.write(to: folder.appending(path: "run.yaml"), atomically: true, encoding: .utf8)
            try Program.run("train", "--config", "run.yaml", "--run", "run", in: folder).expectSuccess()
            let arguments = [
                "evaluate", "--run", "run", "--count", "20", "--extractor", "pixels", "--no-cache", "--json", "a.json",
            ]
            let outcome = try Program(arguments, in: folder).outcome()
            outcome.expectSuccess()
            #expect(outcome.errors.contains("The model learned from these data"))
            #expect(outcome.errors.contains("1 images of data cannot be read"))
            #expect(outcome.output.contains("The model learned from these data"))
            let report = try object(folder.appending(path: "a.json"))
            let told = try #require((report["report"] as? [String: Any])?["data"] as? [String: Any])
            #expect(told["is_training_data"] as? Bool == true && told["split"] as? String == "all")
            #expect(told["left_out"] as? Int == 1 && told["count"] as? Int == 11)
            // Weights of all ones are NaN.
            let weights = folder.appending(path: "run/checkpoints/step-000001/ema.safetensors")
            var bytes = try Data(contentsOf: weights)
            let header = 8 + (0..<8).reduce(0) { $0 + Int(bytes[$1]) << (8 * $1) }
            for index in header..<bytes.count { bytes[index] = 0xFF }
            try bytes.write(to: weights)
            try FileManager.default.removeItem(at: folder.appending(path: "a.json"))
            let failed = try Program(arguments, in: folder).outcome()
            #expect(failed.status != 0 && failed.status < 128)
            for part in ["ema.safetensors", "not finite"] {
                #expect(failed.errors.contains(part), "\(failed.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "a.json").path))
        }
    }
}
