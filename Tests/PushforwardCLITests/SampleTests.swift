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
                "sample", "--run", "toy", "--count", "70", "--seed", "4", "--out", "many.npz", "--json", in: folder)
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
            for choice in ["10", "1,x", ""] {
                try Program.run(
                    "sample", "--run", "run", "--count", "4", "--labels=\(choice)", "--out", "b.npz", in: folder
                ).expectRefusal("--labels")
            }
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
}
