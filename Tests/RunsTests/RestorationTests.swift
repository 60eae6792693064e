import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Restoration with a trained run", .serialized) struct RestorationTests {
    /// One run of tiny pictures, hardly trained, that all tests share.
    private static let trained = Result {
        let url = FileManager.default.temporaryDirectory.appending(path: "restoration-\(UUID().uuidString)")
        let data = url.appending(path: "data")
        try SmallMNIST.write(to: data, perClass: 3)
        let settings = try RunSettings().reading(
            yaml: """
                data: {name: mnist, path: "\(data.path)"}
                network: {name: unet, width: 8, multipliers: [1, 2], condition: 16, attention_size: 0}
                method: {name: flow, batch: 8}
                training: {steps: 2, warmup_steps: 1, averages: [0.9], precision: float32}
                evaluation: {every: 1000, samples: 0}
                """)
        try SmallRuns.train(url.appending(path: "run"), settings)
        return url.appending(path: "run")
    }

    private func pictures(_ model: TrainedModel) -> Tensor {
        (Tensor.rand([2] + model.layout.sampleShape, using: RandomSource(Seed(4))) * 2.0 - 1.0)
    }

    @Test("Pixels that are seen without noise are kept", arguments: [Restoration.Guidance.gradient, .projection])
    func kept(guidance: Restoration.Guidance) throws {
        let model = try TrainedModel(RunFolder(Self.trained.get()))
        var restoration = Restoration(.inpainting)
        (restoration.noise, restoration.steps, restoration.guidance, restoration.eta) = (0, 6, guidance, 0)
        let truth = pictures(model)
        let result = try restoration.restore(truth, of: [1, 2], with: model, seed: Seed(1))
        #expect(result.restored.shape == truth.shape && result.evaluations == 6)
        // A gradient through a network that has learned next to nothing promises nothing.
        let border = (result.restored - truth).slice(2, 0, 7)
        if guidance == .projection { #expect(border.abs().amax().item() < 1e-4) }
        #expect(result.restored.isfinite().all().intItem() == 1)
    }

    @Test("Every task and way of guiding gives pictures and their quality", arguments: Restoration.Task.allCases)
    func tasks(task: Restoration.Task) throws {
        let model = try TrainedModel(RunFolder(Self.trained.get()))
        for guidance in Restoration.Guidance.allCases {
            var restoration = Restoration(task)
            (restoration.steps, restoration.guidance) = (4, guidance)
            let result = try restoration.restore(pictures(model), of: [0, 3], with: model, seed: Seed(1))
            #expect(result.measured.shape == [2, 1, 28, 28] && result.restoredQuality.count == 2)
            #expect((result.measuredQuality + result.restoredQuality).allSatisfy { $0.isFinite })
            let again = try restoration.restore(pictures(model), of: [0, 3], with: model, seed: Seed(1))
            assertEqual(again.restored, result.restored)
        }
    }

    @Test("A mask of another size, pictures of another size: errors before the work")
    func mistakes() throws {
        let model = try TrainedModel(RunFolder(Self.trained.get()))
        var restoration = Restoration(.inpainting)
        restoration.mask = .ones([8, 8])
        let mask = #expect(throws: TrainingError.self) {
            try restoration.restore(pictures(model), of: [0, 1], with: model, seed: Seed(1))
        }
        #expect(mask?.description.contains("mask has [8, 8] pixels") == true)
        restoration.mask = nil
        let size = #expect(throws: TrainingError.self) {
            try restoration.restore(.zeros([2, 1, 8, 8]), of: [0, 1], with: model, seed: Seed(1))
        }
        #expect(size?.description.contains("[1, 8, 8]") == true)
    }
}
