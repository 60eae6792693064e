import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Distances between samples") struct DistanceTests {
    private func normal(_ count: Int, _ dimension: Int, _ name: String) -> Tensor {
        Tensor.randn([count, dimension], using: RandomSource(Seed(4).child(name)), dtype: .float64)
    }

    @Test("Fréchet distance of Gaussians with commuting covariances is a sum over axes")
    func frechetClosedForm() throws {
        let first = try FeatureStatistics(
            count: nil, mean: Tensor([0, 0, 0] as [Double]), covariance: Tensor([1, 4, 0] as [Double]).diagEmbed())
        let second = try FeatureStatistics(
            count: nil, mean: Tensor([3, 0, 4] as [Double]), covariance: Tensor([9, 4, 25] as [Double]).diagEmbed())
        assertClose(try FrechetDistance.between(first, second), 25 + 4 + 0 + 25, relative: 1e-14)
        assertClose(try FrechetDistance.between(first, first), 0, absolute: 1e-14)
    }

    @Test("Distances that come in several blocks give what the whole matrix gives")
    func severalBlocks() throws {
        // More than one block, and the last one smaller than the others.
        let (real, fake) = (normal(3100, 3, "real"), normal(3100, 3, "fake") * 1.1)
        func radii(_ set: Tensor) -> Tensor {
            (set.cdist(set) + Tensor.eye(3100, dtype: .float64) * 1e9).topk(3, 1, largest: false).values[0..., 2]
        }
        let distances = fake.cdist(real)
        let measured = try PrecisionRecall(real: real, generated: fake, k: 3)
        let inReal = distances .<= radii(real)
        assertClose(measured.precision, inReal.any(1).to(.float64).mean().item(), absolute: 1e-12)
        assertClose(measured.density, inReal.to(.float64).sum().item() / (3 * 3100), absolute: 1e-12)
        assertClose(measured.coverage, inReal.any(0).to(.float64).mean().item(), absolute: 1e-12)
        let inFake = distances .<= radii(fake).unsqueeze(1)
        assertClose(measured.recall, inFake.any(0).to(.float64).mean().item(), absolute: 1e-12)
    }

    @Test("The Fréchet distance's bias falls as 1 / N, and its extrapolation is nearer to the truth")
    func extrapolation() throws {
        let truth = try FeatureStatistics(
            count: nil, mean: .zeros([20], dtype: .float64), covariance: .eye(20, dtype: .float64))
        let result = try FrechetDistance.extrapolated(from: normal(4000, 20, "fid"), to: truth, seed: Seed(1))
        #expect(result.value > 0)
        #expect(abs(result.limit) < 0.6 * result.value)
        #expect(abs(result.limit) < 4 * result.limitError)
        #expect(result.bias == result.value - result.limit)
    }

    @Test("Distances of a shift: known for each metric")
    func shift() throws {
        let x = normal(300, 3, "x")
        let y = x + Tensor([3, 0, 4] as [Double])
        assertClose(try WassersteinDistance.between(x[0..<150], y[0..<150]), 5, relative: 1e-9)
        // E |u·s|² = |s|² / D over directions u.
        let directions = try SlicedWasserstein.directions(20_000, dimension: 3, seed: Seed(1))
        assertClose(directions.norm(0), Tensor.ones([20_000], dtype: .float64), relative: 1e-12)
        let sliced = try SlicedWasserstein.between(x[0..<50], y[0..<50], directions: directions)
        assertClose(sliced * sliced, 25.0 / 3, relative: 0.02)
        let reference = try FeatureStatistics(of: x)
        assertClose(try FrechetDistance.between(reference, FeatureStatistics(of: y)), 25, relative: 1e-9)
    }

    @Test("Equal samples are at distance 0, in any order")
    func zero() throws {
        let x = normal(200, 4, "x")
        let y = x.flip(0)
        let directions = try SlicedWasserstein.directions(10, dimension: 4, seed: Seed(1))
        assertClose(try WassersteinDistance.between(x, y), 0, absolute: 1e-12)
        assertClose(try SlicedWasserstein.between(x, y, directions: directions), 0, absolute: 1e-12)
        assertClose(try EnergyDistance.between(x, y), 0, absolute: 1e-13)
        let discrepancy = try MaximumMeanDiscrepancy(fitting: x, estimator: .biased)
        assertClose(try discrepancy.between(x, y), 0, absolute: 1e-12)
    }

    @Test("Unbiased estimates of equal distributions scatter around 0")
    func unbiased() throws {
        let x = normal(400, 8, "x")
        let y = normal(500, 8, "y")
        #expect(abs(try EnergyDistance.between(x, y, estimator: .unbiased)) < 0.02)
        #expect(try EnergyDistance.between(x, y) > 0)
        #expect(abs(try MaximumMeanDiscrepancy(fitting: x).between(x, y)) < 0.005)
        let kernel = try KernelDistance.estimate(x, y, seed: Seed(3))
        #expect(kernel.subsets == 100)
        #expect(abs(kernel.value) < 3 * kernel.deviation)
    }

    @Test("Bandwidths are multiples of the median distance")
    func bandwidths() throws {
        let line = Tensor([0, 1, 3] as [Double], shape: [3, 1])
        let discrepancy = try MaximumMeanDiscrepancy(fitting: line, multiples: [1, 0.5])
        #expect(discrepancy.bandwidths == [2, 1])
        #expect(throws: MetricError.self) { try MaximumMeanDiscrepancy(fitting: Tensor.zeros([5, 2])) }
    }

    @Test("Blocks do not change the result")
    func blocks() throws {
        // More columns than a block of one row would hold twice over are not needed: 5000 x 5000 takes three blocks.
        let x = normal(5000, 2, "x").to(.float32)
        let neighbours = try NearestNeighbours(within: x)
        let direct = x[4000..<4010].to(.float64).cdist(x.to(.float64)).topk(2, 1, largest: false)
        assertClose(neighbours.distances[4000..<4010, 0], direct.values[0..., 1], relative: 1e-6)
        assertEqual(neighbours.indices[4000..<4010, 0], direct.indices[0..., 1])
    }

    @Test("Counts that do not fit are errors")
    func errors() throws {
        let x = normal(10, 2, "x")
        #expect(throws: MetricError.self) { try WassersteinDistance.between(x, x[0..<9]) }
        #expect(throws: MetricError.self) { try EnergyDistance.between(x, x[0..., 0..<1]) }
        #expect(throws: MetricError.self) { try PrecisionRecall(real: x, generated: x[0..<3], k: 3) }
        #expect(throws: MetricError.self) { try NearestNeighbours(within: x, k: 10) }
    }
}

@Suite("Scores") struct ScoreTests {
    @Test("A score that separates has area 1 and no false positives; one that does not, 1/2 and all")
    func curve() throws {
        let high = Tensor([2, 3, 4] as [Double])
        let low = Tensor([0, 1] as [Double])
        #expect(try ROC(positives: high, negatives: low).area == 1)
        #expect(try ROC(positives: low, negatives: high).area == 0)
        #expect(try ROC(positives: high, negatives: low).falsePositiveRate() == 0)
        #expect(try ROC(positives: high, negatives: high).area == 0.5)
        #expect(try ROC(positives: high, negatives: high).falsePositiveRate() == 1)
        #expect(throws: MetricError.self) { try ROC(positives: Tensor([.nan] as [Double]), negatives: low) }
        #expect(throws: MetricError.self) { try ROC(positives: Tensor([] as [Double]), negatives: low) }
    }

    @Test("The Inception Score is K for sure and even predictions, 1 for equal ones")
    func inceptionScore() throws {
        let sure = Tensor.eye(5).`repeat`(40, 1) * 200
        assertClose(try InceptionScore(logits: sure, seed: nil).mean, 5, relative: 1e-9)
        assertClose(try InceptionScore(logits: sure * 0, seed: nil).mean, 1, relative: 1e-9)
        let sorted = sure.argmax(1).argsort()
        #expect(try InceptionScore(logits: sure.indexSelect(0, sorted), seed: nil).mean < 2)
        #expect(try InceptionScore(logits: sure.indexSelect(0, sorted), seed: Seed(2)).mean > 4)
        #expect(throws: MetricError.self) { try InceptionScore(logits: sure[0..<9], seed: nil) }
    }

    @Test("The bootstrap's error of a mean is the standard error")
    func bootstrap() throws {
        let values = Tensor.randn([400], using: RandomSource(Seed(1)), dtype: .float64)
        let error = try Bootstrap.standardError(count: 400, resamples: 400, seed: Seed(2)) { indices in
            values.indexSelect(0, indices).mean().item()
        }
        assertClose(error, values.std().item() / 20, relative: 0.15)
    }

    @Test("Features of many images come in batches and in order")
    func batches() throws {
        let images = Tensor.arange(7 * 4, dtype: .float32).reshape(7, 1, 2, 2)
        let features = try PixelExtractor().features(count: 7, batchSize: 3) { images[$0] }
        assertEqual(features, images.reshape(7, 4))
    }
}
