internal import Artifacts
internal import Datasets
internal import Foundation
internal import Metrics
internal import Torch

/// Fréchet distance, precision and recall, Inception Score, and the way to 8-bit pixels.
enum MetricsCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        for name in file.names(in: "fid/") {
            recorder.check("fid/\(name)") { comparisons in
                let (first, second) = try Pair(name, in: file).features
                let distance = try FrechetDistance.between(
                    FeatureStatistics(of: first), FeatureStatistics(of: second))
                let expected = try file.config["fid/\(name)"]?.number ?? file["fid/\(name)"].item()
                try comparisons.compare("distance", distance, expected, .forward())
            }
        }
        for name in file.names(in: "pr/") {
            recorder.check("pr/\(name)") { try comparePrecisionRecall(name, file, $0) }
        }
        for name in file.names(in: "radii_sq_k") {
            recorder.check("radii_sq_k\(name)") { try compareRadii(name, file, $0) }
        }
        if !file.names(in: "stats/").isEmpty { recorder.check("stats") { try compareStatistics(file, $0) } }
        if file.tensors["is/logits"] != nil { recorder.check("is") { try compareInceptionScore(file, $0) } }
        for name in file.names(in: "to_uint8/in") {
            recorder.check("to_uint8") { comparisons in
                let bytes = Pixels.bytes(ofUnit: try file["to_uint8/in\(name)"], .truncating)
                try comparisons.compare("pixels", bytes, file["to_uint8/out"], .exact)
            }
        }
    }

    private static func comparePrecisionRecall(
        _ name: String, _ file: VectorFile, _ comparisons: CaseComparisons
    ) throws {
        let pair = try Pair(name, in: file)
        let (real, generated) = pair.features
        let measured = try PrecisionRecall(
            real: real, generated: generated, k: pair.neighbours ?? 3, balls: .closed)
        // One sample on the edge of a ball may fall on either side: the release measures in float32.
        let sample = 1 / Double(min(real.shape[0], generated.shape[0])) + 1e-6
        let expected = try file["pr/\(name)"]
        try comparisons.compare(
            "precision and recall", Tensor([measured.precision, measured.recall]), expected,
            .ofMaximum(sample, floor: 1))
    }

    private static func compareRadii(_ name: String, _ file: VectorFile, _ comparisons: CaseComparisons) throws {
        let parts = name.split(separator: "/")
        guard parts.count == 2, let k = Int(parts[0]), k > 0 else {
            throw VerificationError("\(file.name): 'radii_sq_k\(name)' does not name neighbours and a set.")
        }
        let set = try Pair.features(named: String(parts[1]), in: file)
        let neighbours = try NearestNeighbours(within: set, k: k)
        try comparisons.compare(
            "squared radii", neighbours.distances.select(1, k - 1).square(), file["radii_sq_k\(name)"], .forward())
    }

    private static func compareStatistics(_ file: VectorFile, _ comparisons: CaseComparisons) throws {
        for name in file.names(in: "stats/") {
            let parts = name.split(separator: "_")
            let statistics = try FeatureStatistics(of: Pair.features(named: String(parts[0]), in: file))
            let ours = parts.last == "mu" ? statistics.mean : statistics.covariance
            try comparisons.compare(name, ours, file["stats/\(name)"], .forward())
        }
    }

    private static func compareInceptionScore(_ file: VectorFile, _ comparisons: CaseComparisons) throws {
        var sizes = Sizes()
        let logits = try file.tensor("is/logits", "N K", &sizes)
        let order = try file.indices("is/permutation", "N", below: sizes["N"], &sizes)
        let score = try InceptionScore(logits: logits.indexSelect(0, order), seed: nil)
        try comparisons.compare(
            "mean and deviation", Tensor([score.mean, score.deviation]), file["is/mean_std"], .forward())
        guard let single = file.tensors["is_1split/mean"] else { return }
        // The vectors' single split is of the first hundred rows, as they are.
        let first = try InceptionScore(logits: logits.slice(0, 0, min(100, logits.shape[0])), splits: 1, seed: nil)
        try comparisons.compare("mean of one split", first.mean, single.item(), .forward())
    }
}

/// Two sets of features that a name speaks of: `real_fakenear_k5`, `rank_deficient_20_vs_300`.
private struct Pair {
    let features: (Tensor, Tensor)
    let neighbours: Int?

    init(_ name: String, in file: VectorFile) throws {
        var parts = name.split(separator: "_").map(String.init)
        if name.hasPrefix("rank_deficient") {
            let counts = parts.compactMap(Int.init)
            guard let generated = counts.first, let real = counts.last else {
                throw VerificationError("\(file.name): '\(name)' does not say of how many samples.")
            }
            let (first, second) = (
                try Self.features(named: "real", in: file), try Self.features(named: "fake", in: file)
            )
            features = (
                first.slice(0, 0, min(real, first.shape[0])), second.slice(0, 0, min(generated, second.shape[0]))
            )
            neighbours = nil
            return
        }
        neighbours = parts.last.flatMap { $0.hasPrefix("k") ? Int($0.dropFirst()) : nil }
        if neighbours != nil { parts.removeLast() }
        guard parts.count >= 2 else { throw VerificationError("\(file.name): '\(name)' does not name two sets.") }
        features = (
            try Self.features(named: parts[0], in: file),
            try Self.features(named: parts.dropFirst().joined(), in: file)
        )
    }

    /// The set whose name is this one, underscores left out.
    static func features(named name: String, in file: VectorFile) throws -> Tensor {
        guard let key = file.tensors.keys.first(where: { $0.replacing("_", with: "") == name }),
            let tensor = file.tensors[key], tensor.rank == 2
        else { throw VerificationError("\(file.name): there are no features [N, D] named '\(name)'.") }
        return tensor
    }
}
