internal import Artifacts
internal import Foundation
internal import Metrics
internal import Torch

/// Metrics between two sets of features, and the Inception Score, beside SciPy, POT and prdc.
enum FeatureMetricsCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let expected = try vectors.json("metrics/expected.json")
        for (name, numbers) in expected.object.sorted(by: { $0.key < $1.key }) {
            guard let generated = file.tensors["fake_\(name)"] else { continue }
            for (metric, value) in numbers.object.sorted(by: { $0.key < $1.key }) where !isAboutPeers(metric) {
                recorder.check("features/\(name)/\(metric)") { comparisons in
                    let pair = Pair(
                        real: try file["real"], generated: generated, directions: file.tensors["directions"],
                        bandwidth: expected["constants"]?["rbf_bandwidth_h"]?.number)
                    guard let value = value.number, let ours = try pair.value(of: metric) else {
                        throw Unknown(reason: "this version knows no such metric")
                    }
                    // Eigenvalues of a singular covariance near 0 have roots of half the digits.
                    let isSingular = metric.hasPrefix("fid") && generated.shape[0] <= generated.shape[1]
                    try comparisons.compare(metric, ours, value, .ofMaximum(isSingular ? 1e-7 : 1e-9))
                }
            }
        }
        for (name, numbers) in (expected["inception_score"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            recorder.check("features/inception_score/\(name)") { comparisons in
                guard let splits = name.split(separator: "_").last.flatMap({ Int($0) }),
                    let mean = numbers["mean"]?.number, let deviation = numbers["std_population"]?.number
                else { throw Unknown(reason: "its name does not say how many splits there are") }
                let score = try InceptionScore(logits: file["logits"], splits: splits, seed: nil)
                try comparisons.compare("mean", score.mean, mean, .ofMaximum(1e-9))
                try comparisons.compare("deviation", score.deviation, deviation, .ofMaximum(1e-9, floor: 1e-3))
            }
        }
    }

    /// True of numbers that others computed in another way, and of checks of theirs.
    private static func isAboutPeers(_ name: String) -> Bool { name.hasPrefix("own_check") || name.hasSuffix("_sqrtm") }
}

/// Two sets of features, and what measures need beside them.
private struct Pair {
    let real: Tensor
    let generated: Tensor
    let directions: Tensor?
    let bandwidth: Double?

    /// The value of a metric by its name, such as `density_k5`; nil if there is none of that name.
    func value(of name: String) throws -> Double? {
        switch name {
        case "fid": return try FrechetDistance.between(FeatureStatistics(of: real), FeatureStatistics(of: generated))
        case "kid_unbiased": return try KernelDistance.unbiased(real, generated)
        case "kid_biased": return try KernelDistance.biased(real, generated)
        case "energy_distance_v": return try EnergyDistance.between(real, generated, estimator: .biased)
        case "energy_distance_u": return try EnergyDistance.between(real, generated, estimator: .unbiased)
        default: break
        }
        if name.hasPrefix("mmd2_rbf"), let bandwidth {
            return try MaximumMeanDiscrepancy(
                bandwidths: [bandwidth], estimator: name.hasSuffix("_unbiased") ? .unbiased : .biased
            ).between(real, generated)
        }
        if name.hasPrefix("sliced_wasserstein_"), let order = Double(name.dropFirst("sliced_wasserstein_".count)),
            let directions
        {
            return try SlicedWasserstein.between(real, generated, directions: directions.mT, order: order)
        }
        return try neighbourhood(name)
    }

    /// `precision_k3` and the like.
    private func neighbourhood(_ name: String) throws -> Double? {
        let parts = name.components(separatedBy: "_k")
        guard parts.count == 2, let k = Int(parts[1]) else { return nil }
        let balls = try PrecisionRecall(real: real, generated: generated, k: k)
        switch parts[0] {
        case "precision": return balls.precision
        case "recall": return balls.recall
        case "density": return balls.density
        case "coverage": return balls.coverage
        default: return nil
        }
    }
}
