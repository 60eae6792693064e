import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Strangers by their distance") struct StrangerTests {
    @Test("AUROC and false alarms by hand: strangers are the positives, ties count one half")
    func byHand() throws {
        let report = try StrangerReport(
            [
                ("clean", Tensor([0.1, 0.2, 0.3]), Tensor([0.25, 0.4])),
                ("noised", Tensor([1.0, 1]), Tensor([1.0, 2])),
            ], seed: Seed(1))
        assertClose(try #require(report.scores["auroc_clean"]), 5.0 / 6, relative: 1e-12)
        assertClose(try #require(report.scores["fpr95_clean"]), 1.0 / 3, relative: 1e-12)
        assertClose(try #require(report.scores["auroc_noised"]), 0.75, relative: 1e-12)
        for (name, value) in report.scores {
            let interval = try #require(report.intervals[name])
            #expect(interval[0] <= value && value <= interval[1])
        }
    }

    @Test("the interval of two normal scores one deviation apart holds the closed form, and is as wide as it should be")
    func interval() throws {
        let source = RandomSource(Seed(4))
        let inside = Tensor.randn([1000], using: source, dtype: .float64)
        let outside = Tensor.randn([1000], using: source, dtype: .float64) + 1
        let report = try StrangerReport([("clean", inside, outside)], seed: Seed(1))
        let interval = try #require(report.intervals["auroc_clean"])
        // Phi(1 / sqrt 2) = 0.7602; its standard error by Hanley and McNeil is 0.0106 here.
        #expect(interval[0] < 0.7602 && 0.7602 < interval[1])
        assertClose(interval[1] - interval[0], 4 * 0.0106, absolute: 0.012)
    }

    @Test("sets that are made here have the shape of the inside, and are what their names say")
    func sets() throws {
        let own = Tensor.arange(0..<32, device: .cpu).reshape(2, 1, 4, 4).to(.uint8)
        func images(_ name: String) throws -> Tensor {
            try StrangerSet(parsing: name).images(5, shape: [1, 4, 4], inside: own, seed: Seed(1))
        }
        #expect(try images("inverted")[0].flatten().scalars(as: UInt8.self).prefix(3) == [255, 254, 253])
        #expect(try images("rotated")[0].flatten().scalars(as: UInt8.self).prefix(4) == [12, 8, 4, 0])
        #expect(try images("uniform-noise").shape == [5, 1, 4, 4])
        #expect(StrangerSet.made.allSatisfy { (try? StrangerSet(parsing: $0).description) == $0 })
        #expect(throws: MarchingError.self) {
            try StrangerSet.inverted.images(5, shape: [1, 4, 4], inside: nil, seed: Seed(1))
        }
    }

    @Test("drawn digits differ, are white on black, and are the same for the same seed")
    func digits() {
        let digits = DrawnDigits.images(30, seed: Seed(2))
        #expect(digits.shape == [30, 1, 28, 28])
        let ink = digits.to(.float64).flatten(1).mean(1) / 255
        #expect(ink.amin().item() > 0.03 && ink.amax().item() < 0.35)
        let border = digits.to(.float64).slice(2, 0, 1)
        #expect(border.mean().item() < 20)
        let distances = digits.to(.float64).flatten(1).cdist(digits.to(.float64).flatten(1))
        let others = distances + Tensor.eye(30, dtype: .float64) * 1e9
        #expect(others.amin().item() > 500)
        assertEqual(digits[0..<10], DrawnDigits.images(10, seed: Seed(2)))
    }

    @Test("a run of images scores its own and strangers, with and without a null class", arguments: [0.0, 0.5])
    func run(_ dropped: Double) throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let settings = try RunSettings().reading(
                yaml: """
                    data: {name: mnist, path: "\(data.path)", size: 28}
                    network: {name: unet, width: 8, multipliers: [1, 2], condition: 16, attention_size: 0}
                    method: {name: distance, batch: 8, drop_labels: \(dropped)}
                    sampling: {steps: 2, preview_steps: 1}
                    training: {steps: 1, warmup_steps: 0, averages: [0.9], precision: float32}
                    evaluation: {every: 2, per_class: 1, samples: 0}
                    """)
            let run = url.appending(path: "run")
            try SmallRuns.train(run, settings)
            let source = try #require(try TrainedModel(RunFolder(run)).source as? any DistanceSource)
            let images = Pixels.floats(DrawnDigits.images(6, seed: Seed(1)))
            let scores = source.strangerScores(of: images, noise: 0.1, seed: Seed(1))
            #expect(scores.clean.shape == [6] && scores.noised.shape == [6])
            #expect(scores.clean.amin().item() > 0)
            let alone = source.strangerScores(of: images[0..<2], noise: 0.1, seed: Seed(1))
            assertEqual(alone.noised, scores.noised[0..<2])
        }
    }
}
