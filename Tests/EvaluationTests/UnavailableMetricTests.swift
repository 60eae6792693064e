import Datasets
import Evaluation
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Metrics that cannot be computed") struct UnavailableMetricTests {
    private func images(_ count: Int, _ name: String, size: Int = 4, below: Int = 256) -> Tensor {
        let source = RandomSource(Seed(4).child(name))
        return Tensor.randint(0..<below, [count, 1, size, size], using: source, dtype: .uint8)
    }

    private func report(
        _ samples: Tensor, _ data: Tensor, _ metrics: [Metric] = Metric.allCases,
        by extractor: any FeatureExtractor = PixelExtractor()
    ) throws -> EvaluationReport {
        try SampleEvaluation(extractor, Evaluator(metrics)).report(
            [ImageSet(samples)], against: ImageSet(data),
            samples: .init(source: "somewhere", count: samples.shape[0]),
            data: .init(name: "noise", split: "test", count: data.shape[0]))
    }

    @Test("Copies in the data cost the metric that needs their median distance, not the report")
    func duplicates() throws {
        let one = images(1, "one")
        let report = try report(images(40, "a"), Tensor.cat([one.expand(40, -1, -1, -1), images(10, "b")]))
        #expect(report.metrics["mmd"] == nil)
        let reason = try #require(report.unavailable["mmd"])
        #expect(reason.contains("median distance") && reason.contains("Remove the copies"))
        for name in ["frechet", "kid", "precision", "recall", "sliced_wasserstein", "energy_distance"] {
            #expect(report.metrics[name]?.value.isFinite == true, "\(name)")
        }
        let text = report.markdown()
        #expect(text.contains("| MMD² | not available | | pixels |"))
        #expect(text.contains("> **Not available** mmd: The median distance"))
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
        #expect((object["unavailable"] as? [String: String])?["mmd"] == reason)
    }

    @Test("Three samples are enough for some metrics; the others say how many they need", arguments: [1, 2, 3])
    func few(_ count: Int) throws {
        let report = try report(images(count, "a"), images(30, "b"))
        #expect(report.metrics["sliced_wasserstein"] != nil)
        #expect((report.metrics["frechet"] != nil) == (count >= 2))
        for name in ["precision", "recall", "density", "coverage"] {
            #expect(report.metrics[name] == nil)
            #expect(report.unavailable[name]?.contains("at least 4 are needed") == true)
        }
        #expect(Set(report.metrics.keys).union(report.unavailable.keys) == Set(Metric.allCases.map(\.rawValue)))
    }

    @Test("A score that needs classes says so on pixels, also where nothing else was asked for")
    func pixels() throws {
        let report = try report(images(30, "a"), images(30, "b"), [.inceptionScore])
        #expect(report.metrics.isEmpty)
        #expect(report.unavailable["inception_score"]?.contains("--extractor classifier") == true)
        #expect(report.alerts.contains { $0.contains("inception_score") })
    }

    /// Means of the rows, and NaN for the images of a shade.
    private struct BreakingExtractor: FeatureExtractor {
        let name = "breaking"
        let checksum = ""

        func features(of images: Tensor) -> Tensor {
            let features = images.flatten(1)[0..., 0..<4]
            return features.maskedFill(features[0..., 0].unsqueeze(1) .>= 1, .nan)
        }
    }

    @Test("One row of NaN among four hundred makes each metric an error that names it")
    func notFinite() throws {
        let samples = images(400, "a", below: 200)
        samples[123].copy(from: Tensor.full([1, 4, 4], 255, dtype: .uint8))
        let report = try report(samples, images(400, "b", below: 200), by: BreakingExtractor())
        #expect(report.metrics.isEmpty)
        #expect(report.unavailable.count == Metric.allCases.count)
        for (name, reason) in report.unavailable {
            #expect(reason.contains("1 of the 400 rows of the samples' set"), "\(name): \(reason)")
            #expect(reason.contains("row 123"))
        }
        #expect(report.others["pixels"]?["frechet"] != nil, "pixels are numbers")
    }

    @Test("Only what was asked for is computed, in other features too")
    func asked() throws {
        let (a, b) = (images(60, "a", size: 64, below: 200), images(60, "b", size: 64, below: 200))
        let evaluation = SampleEvaluation(BreakingExtractor(), Evaluator([.kid]))
        let report = try evaluation.report(
            [ImageSet(a)], against: ImageSet(b), samples: .init(source: "a", count: 60),
            data: .init(name: "b", split: nil, count: 60))
        #expect(Set(report.metrics.keys) == ["kid"] && report.others.isEmpty && report.unavailable.isEmpty)
    }

    @Test("Precision that one outlier of the data makes comes with a note and a trimmed value")
    func concentration() throws {
        // Dark images of little noise, one white one, and gray noise.
        let data = images(200, "data").to(.float64) * (20.0 / 255)
        data[5].copy(from: Tensor.full([1, 4, 4], 255, dtype: .float64))
        let noise = images(200, "noise").to(.float64) * (100.0 / 255) + 130
        let report = try report(noise.to(.uint8), data.to(.uint8), [.precision, .recall, .coverage])
        let precision = try #require(report.metrics["precision"])
        #expect(precision.value > 0.9 && precision.trimmed == 0)
        #expect(precision.concentration?.balls == 1 && precision.concentration?.of == 200)
        #expect(try #require(report.metrics["coverage"]).value < 0.02)
        #expect(report.report.warnings.contains { $0.contains("in the 1 largest of 200 balls of the data") })
        #expect(report.markdown().contains("| Precision, trimmed | 0 | | pixels |"))
        let healthy = try self.report(images(200, "a"), images(200, "b"), [.precision, .recall])
        #expect(!healthy.report.warnings.contains { $0.contains("largest of") })
        #expect(healthy.metrics["precision"]?.trimmed != nil)
    }

    @Test("Points are measured by their coordinates")
    func points() throws {
        func points(_ seed: UInt64) -> Tensor { Toy2D.twoModes.examples(400, using: RandomSource(Seed(seed))).values }
        func measure(_ set: Tensor) throws -> EvaluationReport {
            try PointEvaluation().report(
                [set], against: points(2), samples: .init(source: "a", count: 400),
                data: .init(name: "two_modes", split: "test", count: 400))
        }
        let (good, collapsed) = (try measure(points(1)), try measure(points(1) * 0.2))
        for name in ["sliced_wasserstein", "mmd", "energy_distance", "frechet"] {
            let (near, far) = (try #require(good.metrics[name]), try #require(collapsed.metrics[name]))
            #expect(near.extractor == "coordinates")
            #expect(far.value > 5 * abs(near.value) && far.value > 0.05, "\(name)")
        }
        #expect(throws: MetricError.self) { try measure(points(1)[0..., 0..<1]) }
    }
}
