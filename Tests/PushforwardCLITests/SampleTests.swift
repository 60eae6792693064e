import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("Training and sampling", .serialized)
struct SampleTests {
    @Test("points: trained from the preset, sampled to an archive, the same seed giving the same points")
    func points() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.toy("toy", steps: 4), in: folder).outcome().expectSuccess()
            for name in ["config.yaml", "metrics.jsonl", "samples/final.png", "plots/strength.png"] {
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: "toy/\(name)").path), "\(name)")
            }
            let report = try Program.run(
                "sample", "--run", "toy", "--count", "70", "--seed", "4", "--out", "many.npz", "--json", "-", in: folder
            )
            report.expectSuccess()
            let values = try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any]
            #expect(values?["count"] as? Int == 70 && values?["sampler"] as? String == "one step")
            let cost = values?["cost"] as? [String: Any]
            #expect(cost?["evaluations_per_sample"] as? Int == 1 && cost?["passes_per_sample"] as? Int == 1)
            #expect(cost?["stopped"] as? [String: Int] == ["completed": 70])
            #expect((values?["seconds"] as? Double ?? -1) > 0)
            let many = try NumpyArchive(contentsOf: folder.appending(path: "many.npz"))
            #expect(try many.array("arr_0", elementType: .float32).shape == [70, 2])
            #expect(try many.array("arr_1", elementType: .int64).integers == [Int](repeating: 0, count: 70))
            try Program.run(
                "sample", "--run", "toy", "--count", "10", "--seed", "4", "--out", "few.npz", in: folder
            ).expectSuccess()
            let few = try NumpyArchive(contentsOf: folder.appending(path: "few.npz")).array("arr_0")
            #expect(try few.bytes == Array(many.array("arr_0").bytes.prefix(10 * 2 * 4)))
            for count in ["99999999999", "\(Int.max)"] {
                try Program.run("sample", "--run", "toy", "--count", count, "--out", "a.npz", in: folder)
                    .expectRefusal("--count: \(count) samples do not fit", "Draw fewer at a time")
            }
            try Program.run("sample", "--run", "toy", "--count", "4", "--out", "points.png", in: folder)
                .expectRefusal("generates points, not pictures", ".npz")
            try Program.run(
                "sample", "--run", "toy", "--count", "4", "--set", "sampling.strength=2", "--out", "a.npz", in: folder
            ).expectRefusal("the run is trained without guidance", "strength: 1")
            try Program.run(
                "sample", "--run", "toy", "--count", "4", "--set", "training.steps=2", "--out", "a.npz", in: folder
            ).expectRefusal("only the section sampling can be changed")
            // Hints name what can be changed, and errors where the value is from.
            for (change, parts) in [
                ("sampling.stepz=2", ["sampling.stepz: unknown key", "(from --set)", "The keys here are"]),
                ("sampling.steps=2", ["sampling.steps: unknown key", "(from --set)"]),
                ("sampling=", ["sampling: expected a section with keys", "Write --set sampling.KEY=VALUE"]),
                ("sampling.strength=", ["sampling.strength: expected a number, found nothing"]),
            ] {
                let refused = try Program.run(
                    "sample", "--run", "toy", "--count", "4", "--set", change, "--out", "a.npz", in: folder)
                for part in parts { refused.expectRefusal(part) }
                #expect(!refused.errors.contains("training."), "\(refused.errors)")
            }
            let refused = try Program.run(
                "sample", "--run", "toy", "--count", "4", "--set", "sampling.strength=2", "--out", "a.npz", in: folder)
            refused.expectRefusal("(from --set)")
            #expect(!refused.errors.contains("(line"), "\(refused.errors)")
            try Program.run("sample", "--run", "toy", "--count", "9", "--seed", "4", "--out", "a.NPZ", in: folder)
                .expectSuccess()
            try Program.run("sample", "--run", "toy", "--count", "9", "--seed", "4", "--out", "a.Npy", in: folder)
                .expectSuccess()
            let array = try NumpyArray(contentsOf: folder.appending(path: "a.Npy"))
            let archive = try NumpyArchive(contentsOf: folder.appending(path: "a.NPZ"))
            #expect(try array == archive.array("arr_0") && array.shape == [9, 2])
        }
    }

    @Test("a flow: sampling is chosen in any order, keeps what both kinds know, and errors name --set")
    func flow() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.flow("flow", steps: 4), in: folder).outcome().expectSuccess()
            func sampler(_ changes: String...) throws -> String? {
                let outcome = try Program(
                    ["sample", "--run", "flow", "--count", "5", "--out", "a.npz", "--json", "-"]
                        + changes.flatMap { ["--set", $0] }, in: folder
                ).outcome()
                outcome.expectSuccess()
                let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
                return report?["sampler"] as? String
            }
            let adaptive = "Dormand-Prince 5(4), tolerance 0.02"
            #expect(try sampler("sampling.name=adaptive", "sampling.tolerance=0.02") == adaptive)
            #expect(try sampler("sampling.tolerance=0.02", "sampling.name=adaptive") == adaptive)
            #expect(try sampler("sampling.tolerance=0.02", "sampling.name=\"adaptive\"") == adaptive)
            #expect(try sampler("sampling={name: adaptive, tolerance: 0.02}") == adaptive)
            // The same kind keeps the run's steps.
            #expect(try sampler("sampling.name=ode") == sampler())
            #expect(try sampler("sampling.solver=euler", "sampling.name=ode") == "Euler, 2 equal steps")
            let guided = try Program.run(
                "sample", "--run", "flow", "--count", "5", "--out", "a.npz", "--set", "sampling.guidance={scale: 2}",
                in: folder)
            guided.expectRefusal("has guidance, but no label was dropped in training", "(from --set)")
            #expect(!guided.errors.contains("(line"), "\(guided.errors)")
            try Program.run(
                "sample", "--run", "flow", "--count", "5", "--out", "a.npz", "--set", "sampling.name=adaptiv",
                in: folder
            ).expectRefusal("sampling.name: 'adaptiv' is not one of", "(from --set)", "Did you mean 'adaptive'?")
        }
    }

    @Test("images: labels as asked for, bytes for the ADM suite, a sheet as PNG")
    func images() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 2)
            try Program(SmallRun.images("run", data: data, steps: 1), in: folder).outcome().expectSuccess()
            func labels(_ choice: String, _ count: Int) throws -> [Int]? {
                try Program.run(
                    "sample", "--run", "run", "--count", "\(count)", "--labels", choice, "--out", "a.npz", in: folder
                ).expectSuccess()
                let archive = try NumpyArchive(contentsOf: folder.appending(path: "a.npz"))
                #expect(try archive.array("arr_0", elementType: .uint8).shape == [count, 28, 28, 1])
                return try archive.array("arr_1", elementType: .int64).integers
            }
            #expect(try labels("balanced", 12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
            #expect(try labels("all", 12) == [0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9])
            #expect(try labels("7,0,7", 5) == [7, 0, 7, 7, 0])
            try Program.run("sample", "--run", "run", "--count", "20", "--weights", "raw", "--out", "a.png", in: folder)
                .expectSuccess()
            // Ten rows of two images of 28 pixels, enlarged to at least 56, with lines between them.
            let sheet = try Image8(contentsOf: folder.appending(path: "a.png"))
            #expect(sheet.height >= 10 * 56 && sheet.width >= 2 * 56 && sheet.width < 3 * 60)
            for choice in ["10", "1,x", "0,,0", ",", "0,", "-1", "1.0", "balance"] {
                try Program.run(
                    "sample", "--run", "run", "--count", "4", "--labels=\(choice)", "--out", "b.npz", in: folder
                ).expectRefusal(
                    "--labels", "numbers from 0 to 9 with commas", "The classes are 0 0, 1 1, 2 2", "9 9.")
            }
            try Program.run("sample", "--run", "run", "--count", "4", "--labels=", "--out", "b.npz", in: folder)
                .expectRefusal("--labels")
            try pictures(folder)
            // Files that are damaged after training.
            let model = folder.appending(path: "run/checkpoints/step-000001/ema.safetensors")
            try Data(Data(contentsOf: model).prefix(100)).write(to: model)
            try Program.run("sample", "--run", "run", "--count", "4", "--out", "b.npz", in: folder)
                .expectRefusal("run/checkpoints/step-000001/ema.safetensors")
            try FileManager.default.removeItem(at: model)
            try Program.run("sample", "--run", "run", "--count", "4", "--out", "b.npz", in: folder)
                .expectRefusal("run/checkpoints/step-000001/ema.safetensors")
        }
    }

    /// One sheet or a file for each sample, by the end of the name.
    private func pictures(_ folder: URL) throws {
        func sample(_ out: String) throws -> Program.Outcome {
            try Program.run(
                "sample", "--run", "run", "--count", "12", "--seed", "3", "--out", out, "--labels", "7,0", in: folder)
        }
        try sample("b.PNG").expectSuccess()
        #expect(try Image8(contentsOf: folder.appending(path: "b.PNG")).height > 28)
        try sample("all.npz").expectSuccess()
        try sample("pictures/").expectSuccess()
        let files = try names(in: folder.appending(path: "pictures"))
        let numbers = (0..<12).map { "\($0 < 10 ? "00000" : "0000")\($0)-\($0 % 2 == 0 ? 7 : 0).png" }
        #expect(files == numbers)
        // The same pixels as in the archive.
        let pixels = try NumpyArchive(contentsOf: folder.appending(path: "all.npz")).array("arr_0").bytes
        for (index, file) in files.enumerated() {
            let image = try Image8(contentsOf: folder.appending(path: "pictures/\(file)"))
            #expect(image.width == 28 && image.height == 28 && image.channels == 1)
            #expect(image.pixels == Array(pixels[(index * 784)..<((index + 1) * 784)]))
        }
        try sample("pictures/").expectRefusal("the folder 'pictures/' is not empty (000000-7.png)")
        try sample("pictures").expectRefusal("the folder 'pictures' is not empty")
        try sample("a.npz/").expectRefusal("'a.npz/' names a folder, but a file of that name is there")
        try sample("none/pictures/").expectRefusal("there is no folder", "Make it first")
        #expect(try names(in: folder.appending(path: "pictures")) == numbers)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "empty.png"), withIntermediateDirectories: false)
        try sample("empty.png").expectSuccess()
        #expect(try names(in: folder.appending(path: "empty.png")) == numbers)
    }
}
