import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Runs of distillation", .serialized) struct DistillationRunTests {
    private static let root = FileManager.default.temporaryDirectory.appending(path: "distil-\(UUID().uuidString)")

    /// The teacher of all tests.
    private static let teacher = Result {
        try SmallRuns.train(root.appending(path: "teacher"), teacherSettings(steps: 400))
        return root.appending(path: "teacher")
    }

    private static func teacherSettings(steps: Int) throws -> RunSettings {
        try RunSettings().reading(
            yaml: """
                data: {name: toy, distribution: two_modes, count: 2000}
                network: {name: mlp, width: 64, depth: 3}
                method: {name: flow, batch: 256, drop_labels: 0.1}
                training:
                  {steps: \(steps), warmup_steps: \(min(5, steps - 1)), learning_rate: 3.0e-3, schedule: cosine, weight_decay: 0,
                  averages: [0.98], checkpoint_every: 1000, precision: float32}
                evaluation: {every: 1000, samples: 0}
                """)
    }

    private static func student(_ method: String, steps: Int, _ changes: String...) throws -> RunSettings {
        let folder = try teacher.get().path
        return try RunSettings().reading(
            yaml: """
                data: {name: toy, distribution: two_modes, count: 2000}
                network: {name: mlp, width: 64, depth: 3}
                method: {name: distillation, teacher: "\(folder)", batch: 128, \(method)}
                training:
                  {steps: \(steps), warmup_steps: 5, learning_rate: 1.0e-3, weight_decay: 0,
                  averages: [0.98], checkpoint_every: 1000, precision: float32}
                evaluation: {every: 1000, samples: 0}
                """, setting: changes)
    }

    private func distance(_ model: TrainedModel) throws -> Double {
        let samples = try model.samples(of: [Int](repeating: 0, count: 1000), seed: Seed(1))
        let real = Toy2D.twoModes.examples(1000, using: RandomSource(Seed(9))).values
        return try FrechetDistance.between(FeatureStatistics(of: samples.values), FeatureStatistics(of: real))
    }

    @Test(
        "Students are near the data in the evaluations that they promise",
        arguments: [
            ("technique: progressive, first_steps: 4, steps: 2, stage_steps: 150", 150, 2, 0.08),
            ("technique: progressive, first_steps: 2, steps: 1, stage_steps: 150", 250, 1, 0.15),
            ("technique: progressive, first_steps: 1, steps: 1, scales: [1, 2], stage_steps: 100", 200, 1, 0.4),
            ("technique: matching, pairs: 256, regression: 1", 250, 1, 0.15),
            ("technique: idempotent, pairs: 256, regression: 1", 250, 1, 0.3),
        ])
    func near(_ method: String, _ steps: Int, _ evaluations: Int, _ bound: Double) throws {
        let folder = RunFolder(Self.root.appending(path: "student-\(method.hashValue)"))
        #expect(try SmallRuns.train(folder.url, Self.student(method, steps: steps)) == .finished)
        let model = try TrainedModel(folder)
        let samples = try model.samples(of: [0, 0, 0], seed: Seed(1))
        #expect(samples.evaluations == [evaluations, evaluations, evaluations])
        let found = try distance(model)
        #expect(found < bound, "\(method): \(found)")
        // One Euler step of the teacher falls onto the mean.
        let teacher = try TrainedModel(
            RunFolder(Self.teacher.get()), setting: ["sampling={solver: euler, steps: \(evaluations)}"])
        #expect(try found < distance(teacher))
    }

    @Test(
        "Stopped and resumed, a distillation has the same bits",
        arguments: [
            "technique: progressive, first_steps: 2, steps: 1, stage_steps: 3", "technique: matching, pairs: 32",
        ])
    func resumes(_ method: String) throws {
        try withTemporaryFolder { url in
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            let settings = try Self.student(method, steps: 5, "training.checkpoint_every=2")
            #expect(try SmallRuns.train(whole, settings) == .finished)
            let stopped = try SmallRuns.train(parts, settings) { $0.contains("step 1/5") }
            #expect(stopped == .interrupted(stage: "model", step: 1))
            #expect(try SmallRuns.train(parts, settings, resuming: true) == .finished)
            let (a, b) = (try files(below: whole), try files(below: parts))
            for (path, content) in a where path.hasSuffix("safetensors") {
                #expect(b[path] == content, "\(path) differs")
            }
        }
    }

    @Test(
        "Mistakes of settings are named",
        arguments: [
            ("technique: progressive, first_steps: 6, steps: 4", "cannot get from first_steps: 6 to steps: 4"),
            ("technique: matching, stage_steps: 3", "method.stage_steps: unknown key"),
            ("technique: progressive, scales: [2, 1]", "scales: must ascend"),
        ])
    func mistakes(_ method: String, _ message: String) {
        let error = #expect(throws: SettingsError.self) { try Self.student(method, steps: 1) }
        #expect(error.map { "\($0)".contains(message) } == true, "\(error as Any)")
    }

    @Test("A missing teacher, one of another shape, path or without guidance: errors before the work")
    func teachers() throws {
        func message(_ method: String, _ changes: String...) throws -> String {
            try withTemporaryFolder { url in
                var settings = try Self.student(method, steps: 1)
                settings = try settings.reading(file: nil, setting: changes)
                let error = #expect(throws: TrainingError.self) {
                    try SmallRuns.train(url.appending(path: "run"), settings)
                }
                return error?.description ?? ""
            }
        }
        #expect(try message("technique: matching", "method.teacher=/nowhere/run").contains("is not a run"))
        #expect(try message("technique: matching, path: trigonometric").contains("has another path"))
        #expect(try message("technique: matching, predict: noise").contains("predicts another quantity"))
        try withTemporaryFolder { url in
            let flow = try Self.teacherSettings(steps: 1).reading(file: nil, setting: ["method.drop_labels=0"])
            try SmallRuns.train(url.appending(path: "plain"), flow)
            let plain = url.appending(path: "plain").path
            #expect(try message("scales: [1, 2]", "method.teacher=\(plain)").contains("no label for \"no class\""))
        }
    }
}
