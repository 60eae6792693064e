import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Fréchet distances of fewer samples than dimensions") struct SampleSpaceTests {
    /// Correlated features with an offset, as images have.
    private func features(_ count: Int, _ dimension: Int, _ name: String, shift: Double = 0) -> Tensor {
        let source = RandomSource(Seed(5).child(name))
        let mix = Tensor.randn([30, dimension], using: RandomSource(Seed(5)), dtype: .float64)
        let noise = Tensor.randn([count, dimension], using: source, dtype: .float64) * 0.1
        return Tensor.randn([count, 30], using: source, dtype: .float64).matmul(mix) + noise + 5 + shift
    }

    private func whole(_ features: Tensor) throws -> FeatureStatistics {
        let mean = features.mean(0)
        let centred = features - mean
        let covariance = centred.mT.matmul(centred) * (1 / Double(features.shape[0] - 1))
        return try FeatureStatistics(count: features.shape[0], mean: mean, covariance: covariance)
    }

    @Test(
        "In the space of the samples the distance is that of the covariances",
        arguments: [(60, 50), (40, 200), (160, 170)])
    func agreement(_ counts: (Int, Int)) throws {
        let (a, b) = (features(counts.0, 200, "a"), features(counts.1, 200, "b", shift: 0.3) * 1.1)
        let expected = try FrechetDistance.between(whole(a), whole(b))
        for (first, second) in [
            (try FeatureStatistics(of: a), try FeatureStatistics(of: b)),
            (try FeatureStatistics(of: a), try whole(b)), (try whole(a), try FeatureStatistics(of: b)),
        ] {
            assertClose(try FrechetDistance.between(first, second), expected, relative: 1e-8)
        }
        let known = try FeatureStatistics(of: a)
        #expect(known.factor?.shape == [counts.0, 200])
        assertClose(known.covariance, try whole(a).covariance, relative: 1e-10, absolute: 1e-12)
        assertClose(try FrechetDistance.between(known, known), 0, absolute: 1e-6)
    }

    @Test("The nuclear norm of the product of centred samples, by another way")
    func nuclearNorm() throws {
        let (a, b) = (features(25, 90, "a"), features(35, 90, "b"))
        let (x, y) = (a - a.mean(0), b - b.mean(0))
        let nuclear: Double = x.matmul(y.mT).svd().s.sum().item() / (24.0 * 34).squareRoot()
        let means: Double = (a.mean(0) - b.mean(0)).square().sum().item()
        let traces: Double = (x.square().sum() * (1 / 24.0) + y.square().sum() * (1 / 34.0)).item()
        let distance = try FrechetDistance.between(FeatureStatistics(of: a), FeatureStatistics(of: b))
        assertClose(distance, means + traces - 2 * nuclear, relative: 1e-9)
    }

    @Test("Sixty images of 128 x 128 x 3 take a moment, through a file too")
    func wide() throws {
        let dimension = 128 * 128 * 3
        let (a, b) = (features(60, dimension, "a"), features(60, dimension, "b", shift: 1))
        let started = ContinuousClock.now
        let statistics = try FeatureStatistics(of: b)
        let distance = try FrechetDistance.between(FeatureStatistics(of: a), statistics)
        #expect(distance > Double(dimension) * 0.9, "the means differ by 1 in each dimension")
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "wide.npz")
            try statistics.write(to: url)
            let read = try FeatureStatistics(contentsOf: url)
            #expect(read.count == 60 && read.factor?.shape == [60, dimension])
            #expect(try NumpyArchive(contentsOf: url).arrays["sigma"] == nil)
            let again = try FrechetDistance.between(FeatureStatistics(of: a), read)
            assertClose(again, distance, relative: 1e-12)
        }
        #expect(ContinuousClock.now - started < .seconds(30))
    }

    @Test("Narrow statistics of few samples are written for others too")
    func narrow() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "narrow.npz")
            let statistics = try FeatureStatistics(of: features(20, 50, "a"))
            try statistics.write(to: url)
            let sigma = try NumpyArchive(contentsOf: url).array("sigma")
            assertClose(Tensor(sigma.doubles, shape: sigma.shape), statistics.covariance, absolute: 1e-12)
        }
    }

    @Test("Batches beyond the number of dimensions go over to a covariance", arguments: [29, 30, 31, 32, 200])
    func growth(_ count: Int) throws {
        let all = features(count, 30, "grow")
        var accumulator = FeatureAccumulator()
        for start in stride(from: 0, to: count, by: 7) { accumulator.add(all.slice(0, start, min(start + 7, count))) }
        let statistics = try accumulator.statistics()
        #expect((statistics.factor != nil) == (count <= 30))
        assertClose(statistics.covariance, try whole(all).covariance, relative: 1e-9, absolute: 1e-10)
    }
}
