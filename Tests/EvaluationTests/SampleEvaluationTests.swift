import Datasets
import Evaluation
import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Evaluation of samples") struct SampleEvaluationTests {
    private func images(_ count: Int, _ name: String, shape: [Int] = [1, 4, 4]) -> Tensor {
        Tensor.randint(0..<256, [count] + shape, using: RandomSource(Seed(3).child(name)), dtype: .uint8)
    }

    private func report(
        _ sets: [Tensor], _ data: Tensor, _ metrics: [Metric] = Metric.allCases
    ) throws -> EvaluationReport {
        let samples = EvaluationReport.Samples(source: "somewhere", count: sets[0].shape[0], sets: sets.count)
        let name = EvaluationReport.Data(name: "noise", split: "test", count: data.shape[0])
        return try SampleEvaluation(PixelExtractor(), Evaluator(metrics)).report(
            sets.map { ImageSet($0) }, against: ImageSet(data), samples: samples, data: name)
    }

    @Test("All metrics but those of a classifier are measured, with errors of the size of the noise")
    func metrics() throws {
        let report = try report([images(500, "a")], images(500, "b"))
        #expect(Set(report.metrics.keys) == Set(Metric.allCases.map(\.rawValue)).subtracting(["inception_score"]))
        #expect(Set(report.unavailable.keys) == ["inception_score"])
        for name in ["kid", "mmd", "energy_distance"] {
            let measured = try #require(report.metrics[name])
            let error = try #require(measured.error)
            #expect(abs(measured.value) < 5 * error, "\(name) of equal distributions is 0")
        }
        #expect(report.report.errors.contains("disjoint parts"))
    }

    @Test("Classes that come in turn do not resonate with the parts from which errors are made")
    func classesInTurn() throws {
        // Ten shades: parts of every fifth image would hold two of them, and the data's parts two others.
        func shades(_ count: Int, _ shift: Int, _ name: String) -> Tensor {
            let classes = Tensor((0..<count).map { Float(($0 + shift) % 10) }).reshape(count, 1, 1, 1)
            let noise = Tensor.rand([count, 1, 4, 4], using: RandomSource(Seed(7).child(name)))
            return (classes * 20 + noise * 20).to(.uint8)
        }
        let report = try report([shades(1000, 0, "a")], shades(1000, 3, "b"), [.frechet])
        let measured = try #require(report.metrics["frechet"])
        let error = try #require(measured.error)
        // Five parts of two shades each would be apart from the data's by 0 to 1.6, an error of 0.48.
        #expect(error < 0.1)
    }

    @Test("Several sets give their mean and its standard error")
    func sets() throws {
        let data = images(200, "data")
        let sets = (0..<3).map { images(200, "set \($0)") }
        let values = try sets.map { try #require(try report([$0], data, [.frechet]).metrics["frechet"]).value }
        let mean = values.reduce(0, +) / 3
        let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2 / 3).squareRoot()
        let measured = try #require(try report(sets, data, [.frechet]).metrics["frechet"])
        assertClose(measured.value, mean, relative: 1e-12)
        assertClose(try #require(measured.error), error, relative: 1e-9)
    }

    @Test("Overlap, small counts and other features than Inception's are pointed out")
    func warnings() throws {
        let data = images(120, "data")
        let samples = Tensor.cat([images(97, "a"), data[5..<8]])
        let warnings = try report([samples], data, [.frechet]).report.warnings
        #expect(warnings.contains { $0.contains("3 samples are exact copies") })
        #expect(warnings.contains { $0.contains("Only 100 images") })
        #expect(warnings.contains { $0.contains("differ in number") })
        #expect(warnings.contains { $0.contains("not FID") })
    }

    @Test("The name FID belongs to Inception features")
    func naming() throws {
        #expect(Metric.frechet.title(isInception: false) == "Fréchet distance")
        #expect(Metric.frechet.title(isInception: true) == "FID")
        let markdown = try report([images(60, "a")], images(60, "b"), [.frechet]).markdown()
        #expect(markdown.contains("| Fréchet distance |"))
        #expect(!markdown.contains("| FID |"))
    }

    @Test("The JSON has the documented form")
    func json() throws {
        let text = try report([images(60, "a")], images(60, "b"), [.frechet]).json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let metrics = try #require(object["metrics"] as? [String: [String: Any]])
        #expect(metrics["frechet"]?["extractor"] as? String == "pixels")
        #expect(metrics["frechet"]?["value"] is Double)
        let report = try #require(object["report"] as? [String: Any])
        #expect((report["data"] as? [String: Any])?["split"] as? String == "test")
    }

    @Test("Samples of another size are refused")
    func sizes() {
        #expect(throws: MetricError.self) { try report([images(60, "a", shape: [1, 5, 4])], images(60, "b")) }
    }

    @Test("Sample files are read as the ADM suite's, and others are refused")
    func files() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "samples.npz")
            let pixels = (0..<24).map { UInt8($0) }
            var archive = NumpyArchive([
                "arr_0": NumpyArray(pixels, shape: [2, 2, 2, 3]), "arr_1": NumpyArray([4, 7] as [Int64]),
            ])
            try archive.write(to: url)
            let file = try SampleArchive(contentsOf: url)
            assertEqual(file.images, Tensor(pixels, shape: [2, 2, 2, 3]).permute(0, 3, 1, 2))
            #expect(file.labels == [4, 7])

            archive.arrays["arr_1"] = NumpyArray([4] as [Int64])
            try archive.write(to: url)
            #expect(throws: FileError.self) { try SampleArchive(contentsOf: url) }
            archive = NumpyArchive(["arr_0": NumpyArray([Float](repeating: 0, count: 12), shape: [1, 2, 2, 3])])
            try archive.write(to: url)
            #expect(throws: FileError.self) { try SampleArchive(contentsOf: url) }
        }
    }
}
