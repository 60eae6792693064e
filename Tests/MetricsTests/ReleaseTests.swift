import Metrics
import TestSupport
import Testing
import Torch

/// Numbers that the authors' release of drifting models computes, in `Fixtures/release.npz`.
@Suite("Agreement with the drifting release") struct ReleaseTests {
    let release: Peers

    init() throws { release = try Peers("release") }

    private func expect(_ value: Double, _ name: String, relative: Double = 1e-6) throws {
        assertClose(value, try release.number(name), relative: relative, absolute: 1e-6)
    }

    @Test(
        "Fréchet distance, also with fewer samples than dimensions",
        arguments: [
            ("real_fake", "real", "fake", 300, 300), ("real_fakenear", "real", "fake_near", 300, 260),
            ("real_real", "real", "real", 300, 300), ("rank_deficient_20", "real", "fake", 20, 20),
            ("rank_deficient_20_vs_300", "real", "fake", 300, 20),
        ])
    func frechet(_ name: String, _ first: String, _ second: String, _ count: Int, _ otherCount: Int) throws {
        let a = try FeatureStatistics(of: release.tensor(first)[0..<count])
        let b = try FeatureStatistics(of: release.tensor(second)[0..<otherCount])
        try expect(FrechetDistance.between(a, b), "fid.\(name)")
        try expect(FrechetDistance.between(b, a), "fid.\(name)")
    }

    @Test("Mean and covariance")
    func statistics() throws {
        let statistics = try FeatureStatistics(of: release.tensor("real"))
        assertClose(statistics.mean, try release.tensor("stats.real_mu"), relative: 1e-5)
        assertClose(statistics.covariance, try release.tensor("stats.real_sigma"), relative: 1e-5)
    }

    @Test("Inception Score in ten splits, and of the first hundred in one")
    func inceptionScore() throws {
        let logits = try release.tensor("logits")
        let order = try release.tensor("permutation").to(.int64)
        let score = try InceptionScore(logits: logits.indexSelect(0, order), seed: nil)
        // The release computes the softmax in float32 and adds 1e-10 to each probability.
        try expect(score.mean, "is.mean", relative: 1e-5)
        try expect(score.deviation, "is.std", relative: 1e-4)
        try expect(InceptionScore(logits: logits[0..<100], splits: 1, seed: nil).mean, "is_1split.mean", relative: 1e-5)
    }

    @Test(
        "Precision and recall",
        arguments: [
            ("real_fake", "fake", 3), ("real_fakenear", "fake_near", 3), ("real_fakenear_k5", "fake_near", 5),
            ("real_real", "real", 3),
        ])
    func precisionRecall(_ name: String, _ generated: String, _ k: Int) throws {
        let real = try release.tensor("real")
        let measured = try PrecisionRecall(real: real, generated: release.tensor(generated), k: k)
        try expect(measured.precision, "precision.\(name)")
        try expect(measured.recall, "recall.\(name)")
    }

    @Test("Squared radii to the third neighbour")
    func radii() throws {
        let neighbours = try NearestNeighbours(within: release.tensor("real"), k: 3)
        assertClose(neighbours.distances[0..., 2].square(), try release.tensor("radii"), relative: 1e-4)
    }
}
