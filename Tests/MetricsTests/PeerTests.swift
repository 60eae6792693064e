import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

/// Measurements of other people's code: see `Fixtures/make_peers.py`.
struct Peers {
    let archive: NumpyArchive

    init(_ name: String = "peers") throws {
        archive = try NumpyArchive(contentsOf: fixtures().appending(path: "\(name).npz"))
    }

    func tensor(_ name: String) throws -> Tensor {
        let array = try archive.array(name)
        return Tensor(array.doubles, shape: array.shape)
    }

    func number(_ name: String) throws -> Double { try tensor(name).item() }

    func numbers(_ name: String) throws -> [Double] { try archive.array(name).doubles }
}

@Suite("Agreement with other people's code") struct PeerTests {
    let peers: Peers
    let real: Tensor
    let fake: Tensor

    init() throws {
        peers = try Peers()
        real = try peers.tensor("real")
        fake = try peers.tensor("fake")
    }

    private func expect(_ value: Double, _ name: String) throws {
        assertClose(value, try peers.number(name), relative: 1e-6, absolute: 1e-12)
    }

    @Test("Mean and covariance are numpy's")
    func statistics() throws {
        let statistics = try FeatureStatistics(of: real)
        assertClose(statistics.mean, try peers.tensor("mean"), relative: 1e-12, absolute: 1e-13)
        assertClose(statistics.covariance, try peers.tensor("covariance"), relative: 1e-10, absolute: 1e-13)
    }

    @Test("Fréchet distance: pytorch-fid; with fewer samples than dimensions, the nuclear norm")
    func frechet() throws {
        let reference = try FeatureStatistics(of: real)
        try expect(FrechetDistance.between(FeatureStatistics(of: fake), reference), "frechet")
        let few = try FeatureStatistics(of: peers.tensor("few"))
        try expect(FrechetDistance.between(few, reference), "frechet_few")
        try expect(FrechetDistance.between(reference, few), "frechet_few")
    }

    @Test("Kernel distance: torch-fidelity")
    func kernelDistance() throws {
        try expect(KernelDistance.unbiased(real[0..<180] - 30, fake - 30), "kid")
    }

    @Test("Inception Score: torch-fidelity")
    func inceptionScore() throws {
        let score = try InceptionScore(logits: peers.tensor("logits"), seed: nil)
        let expected = try peers.numbers("inception_score")
        assertClose(score.mean, expected[0], relative: 1e-6)
        assertClose(score.deviation, expected[1], relative: 1e-6)
    }

    @Test("Precision, recall, density, coverage: prdc", arguments: [3, 5])
    func precisionRecall(_ k: Int) throws {
        let measured = try PrecisionRecall(real: real, generated: fake, k: k)
        let values = [measured.precision, measured.recall, measured.density, measured.coverage]
        for (value, expected) in zip(values, try peers.numbers("prdc_\(k)")) {
            assertClose(value, expected, relative: 1e-12)
        }
    }

    @Test("Maximum mean discrepancy: scikit-learn's kernel", arguments: [PairEstimator.biased, .unbiased])
    func meanDiscrepancy(_ estimator: PairEstimator) throws {
        let discrepancy = try MaximumMeanDiscrepancy(
            bandwidths: peers.numbers("bandwidths"), estimator: estimator)
        try expect(discrepancy.between(real, fake), "mmd_\(estimator)")
    }

    @Test("Sliced Wasserstein distance with different counts: POT", arguments: [1, 2])
    func sliced(_ order: Int) throws {
        let directions = try peers.tensor("directions")
        let distance = try SlicedWasserstein.between(real, fake, directions: directions, order: Double(order))
        try expect(distance, "sliced_\(order)")
    }

    @Test("Exact Wasserstein distance: POT", arguments: [1, 2])
    func wasserstein(_ order: Int) throws {
        let (a, b) = (try peers.tensor("plane_a"), try peers.tensor("plane_b"))
        try expect(WassersteinDistance.between(a, b, order: Double(order)), "wasserstein_\(order)")
    }

    @Test("Energy distance: scipy")
    func energy() throws {
        let (a, b) = (try peers.tensor("line_a"), try peers.tensor("line_b"))
        try expect(EnergyDistance.between(a.unsqueeze(1), b.unsqueeze(1)), "energy_line")
        try expect(EnergyDistance.between(real, fake), "energy")
    }

    @Test("Nearest neighbours: scikit-learn")
    func neighbours() throws {
        let neighbours = try NearestNeighbours(of: fake, in: real, k: 4)
        assertClose(neighbours.distances, try peers.tensor("neighbour_distances"), relative: 1e-6, absolute: 0)
        assertEqual(neighbours.indices, try peers.tensor("neighbour_indices").to(.int64))
        let within = try NearestNeighbours(within: real, k: 4)
        assertClose(within.distances, try peers.tensor("neighbour_distances_within"), relative: 1e-6, absolute: 0)
    }

    @Test("Area under the curve and false positives at 95 %, with ties: scikit-learn")
    func roc() throws {
        let curve = try ROC(positives: peers.tensor("positives"), negatives: peers.tensor("negatives"))
        try expect(curve.area, "auroc")
        try expect(curve.falsePositiveRate(), "fpr95")
    }
}
