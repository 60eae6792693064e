import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Feature statistics") struct FeatureStatisticsTests {
    let features = Tensor.randn([3000, 5], using: RandomSource(Seed(1)), dtype: .float64) * 1e-3 + 1e3

    @Test(
        "Batches of any size give the statistics of the whole, far from the origin too", arguments: [1, 7, 1024, 1500])
    func streaming(_ batch: Int) throws {
        var accumulator = FeatureAccumulator()
        for start in stride(from: 0, to: 3000, by: batch) { accumulator.add(features.slice(0, start, start + batch)) }
        let statistics = try accumulator.statistics()
        let centred = features - features.mean(0)
        #expect(statistics.count == 3000)
        assertClose(statistics.mean, features.mean(0), relative: 1e-12, absolute: 0)
        assertClose(
            statistics.covariance, centred.mT.matmul(centred) * (1 / 2999.0), relative: 1e-6, absolute: 1e-14)
    }

    @Test("Statistics can be taken at any time, and more features added afterwards")
    func atAnyTime() throws {
        var accumulator = FeatureAccumulator()
        accumulator.add(features[0..<100])
        accumulator.add(features[0..<0])
        let early = try accumulator.statistics()
        #expect(try accumulator.statistics().count == 100)
        assertEqual(try accumulator.statistics().mean, early.mean)
        accumulator.add(features[100...])
        assertClose(try accumulator.statistics().mean, features.mean(0), relative: 1e-12)
    }

    @Test("One sample, and features that are not numbers, are errors")
    func errors() throws {
        let one = #expect(throws: MetricError.self) { try FeatureStatistics(of: features[0..<1]) }
        #expect(one?.code == .tooFewSamples)
        let broken = Tensor([1, 2, .nan, 4] as [Double], shape: [2, 2])
        let error = #expect(throws: MetricError.self) { try FeatureStatistics(of: broken) }
        #expect(error?.code == .notFinite)
        let narrow = try FeatureStatistics(of: features[0..., 0..<2])
        let mismatch = #expect(throws: MetricError.self) {
            try FrechetDistance.between(narrow, FeatureStatistics(of: features))
        }
        #expect(mismatch?.code == .mismatch)
    }

    @Test("Files keep every bit, and files without a count are read")
    func files() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "statistics.npz")
            let statistics = try FeatureStatistics(of: features)
            try statistics.write(to: url)
            let read = try FeatureStatistics(contentsOf: url)
            #expect(read.count == 3000)
            assertEqual(read.mean, statistics.mean)
            assertEqual(read.covariance, statistics.covariance)

            var archive = try NumpyArchive(contentsOf: url)
            archive.arrays["count"] = nil
            try archive.write(to: url)
            #expect(try FeatureStatistics(contentsOf: url).count == nil)

            archive.arrays["sigma"] = NumpyArray([1, 2, 3] as [Double])
            try archive.write(to: url)
            #expect(throws: FileError.self) { try FeatureStatistics(contentsOf: url) }
            archive.arrays["sigma"] = nil
            try archive.write(to: url)
            #expect(throws: FileError.self) { try FeatureStatistics(contentsOf: url) }
        }
    }
}
