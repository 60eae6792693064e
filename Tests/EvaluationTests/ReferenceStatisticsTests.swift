import Datasets
import Evaluation
import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Measuring against statistics") struct ReferenceStatisticsTests {
    private let evaluation = SampleEvaluation(PixelExtractor(), Evaluator([.frechet]))

    private func images(_ count: Int, _ name: String, size: Int = 4) -> ImageSet {
        let source = RandomSource(Seed(3).child(name))
        return ImageSet(Tensor.randint(0..<256, [count, 1, size, size], using: source, dtype: .uint8))
    }

    private func report(_ samples: ImageSet, _ statistics: FeatureStatistics) throws -> EvaluationReport {
        try evaluation.report(
            [samples], against: statistics, samples: .init(source: "samples", count: samples.count),
            data: .init(name: "statistics.npz", split: nil, count: statistics.count))
    }

    @Test("The distance is the one to the images that they were made of, through a file too")
    func roundTrip() throws {
        let (samples, data) = (images(300, "a"), images(300, "b"))
        let direct = try evaluation.report(
            [samples], against: data, samples: .init(source: "samples", count: 300),
            data: .init(name: "noise", split: nil, count: 300))
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "statistics.npz")
            try evaluation.statistics(of: data).write(to: url)
            let read = try FeatureStatistics(contentsOf: url)
            #expect(read.count == 300)
            #expect(read.origin == "pixels")
            let report = try report(samples, read)
            let value = try #require(report.metrics["frechet"]).value
            assertClose(value, try #require(direct.metrics["frechet"]).value, relative: 1e-12)
            #expect(try #require(report.metrics["frechet"]).error != nil)
            #expect(report.report.warnings.contains { $0.contains("Only 300 images") })
        }
    }

    @Test("Statistics of another extractor, or of another dimension, are refused; unknown ones are pointed out")
    func mismatch() throws {
        var statistics = try evaluation.statistics(of: images(100, "b"))
        statistics.origin = nil
        let warnings = try report(images(100, "a"), statistics).report.warnings
        #expect(warnings.contains { $0.contains("does not say what made its features") })
        #expect(throws: MetricError.self) { try report(images(100, "a", size: 5), statistics) }
        statistics.origin = "inception-2015 0123456789abcdef"
        let error = #expect(throws: MetricError.self) { try report(images(100, "a"), statistics) }
        #expect(error?.message.contains("inception-2015 0123456789abcdef") == true)
    }

    @Test("Only what needs no images of the data is measured")
    func metrics() throws {
        let statistics = try evaluation.statistics(of: images(100, "b"))
        let all = SampleEvaluation(PixelExtractor(), Evaluator())
        let report = try all.report(
            [images(100, "a")], against: statistics, samples: .init(source: "a", count: 100),
            data: .init(name: "b", split: nil, count: 100))
        #expect(Set(report.metrics.keys) == ["frechet"])
        #expect(Metric.allCases.filter(\.needsStatisticsOnly) == [.frechet, .inceptionScore])
    }

    @Test("Numbers in a file that are not finite are refused")
    func notFinite() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "statistics.npz")
            try NumpyArchive([
                "mu": NumpyArray([Double.nan]), "sigma": NumpyArray([1.0], shape: [1, 1]),
            ]).write(to: url)
            #expect(throws: FileError.self) { try FeatureStatistics(contentsOf: url) }
        }
    }

    @Test("Samples and data that were resized differently are pointed out")
    func resizing() throws {
        let (samples, data) = (images(60, "a", size: 6), images(60, "b", size: 12))
        let resized = try ImageSet(data.pixels, .init(size: 6))
        let report = try evaluation.report(
            [samples], against: resized, samples: .init(source: "a", count: 60),
            data: .init(name: "b", split: nil, count: 60))
        #expect(report.report.warnings.contains { $0.contains("resized differently") })
        #expect(report.markdown().contains("resized from 1 x 12 x 12 to 1 x 6 x 6"))
        let same = try ImageSet(images(60, "c", size: 12).pixels, .init(size: 6))
        #expect(try evaluation.warnings(same, resized).isEmpty)
    }
}

extension SampleEvaluation {
    /// Warnings about resizing.
    fileprivate func warnings(_ samples: ImageSet, _ data: ImageSet) throws -> [String] {
        try report(
            [samples], against: data, samples: .init(source: "a", count: samples.count),
            data: .init(name: "b", split: nil, count: data.count)
        ).report.warnings.filter { $0.contains("resized") }
    }
}
