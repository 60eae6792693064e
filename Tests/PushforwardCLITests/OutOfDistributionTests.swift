import Foundation
import TestSupport
import Testing

@Suite("Strangers on the command line", .serialized)
struct OutOfDistributionTests {
    @Test("a run scores its own and strangers, as a table and as JSON alone; mistakes end with one message")
    func scores() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "digits")
            try SmallMNIST.write(to: data, perClass: 2)
            for kind in ["images-idx3-ubyte", "labels-idx1-ubyte"] {
                try FileManager.default.copyItem(
                    at: data.appending(path: "train-\(kind)"), to: data.appending(path: "t10k-\(kind)"))
            }
            let yaml = """
                data: {name: mnist, path: "\(data.path)"}
                network: {name: unet, width: 8, multipliers: [1, 2], condition: 16, attention_size: 0}
                method: {name: distance, batch: 8, drop_labels: 0.5}
                sampling: {steps: 2, preview_steps: 1}
                training: {steps: 1, warmup_steps: 0, averages: [0.9]}
                evaluation: {every: 2, per_class: 1, samples: 0}
                """
            try yaml.write(to: folder.appending(path: "run.yaml"), atomically: true, encoding: .utf8)
            try Program.run("train", "--config", "run.yaml", "--run", "run", in: folder).expectSuccess()
            func ood(_ outside: String, _ options: String...) throws -> Program.Outcome {
                let arguments = ["ood", "--run", "run", "--in", data.path, "--out", outside] + options
                return try Program(arguments, in: folder).outcome()
            }
            let outcome = try ood("uniform-noise", "--json", "-")
            outcome.expectSuccess()
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
            let scores = try #require(report["scores"] as? [String: Double])
            #expect(Set(scores.keys) == ["auroc_clean", "auroc_noised", "fpr95_clean", "fpr95_noised"])
            #expect(scores.values.allSatisfy { (0...1).contains($0) })
            let own = try ood(data.path)
            own.expectSuccess()
            #expect(own.output.contains("auroc_clean   0.5000"))
            try ood("inverted", "--count", "0").expectRefusal("--count must be at least 1")
            try ood("no-such-thing").expectRefusal("no-such-thing")
            try Program.run("ood", "--run", "run", "--in", "rotated", "--out", "digits", in: folder)
                .expectRefusal("made of the images inside")
        }
    }
}
