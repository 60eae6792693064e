internal import Artifacts
internal import Drifting
internal import Torch

/// Guidance at training time: the law of alpha, and the weight that alpha gives to the extra negatives.
enum GuidanceCheck {
    static func runLaw(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        for group in file.groups {
            recorder.check(group) { comparisons in
                let law = try law(file.config[group] ?? .null, group)
                var sizes = Sizes()
                let uniform = try file.tensor("\(group)/u", "N", &sizes)
                let plain = try file.tensor("\(group)/u_nocfg", "N", &sizes)
                try comparisons.compare("alpha", law.strengths(uniform, plain), file["\(group)/alpha"], .forward())
            }
        }
    }

    static func runWeights(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        recorder.check("weights") { comparisons in
            var sizes = Sizes()
            let alpha = try file.tensor("alpha", "N", &sizes)
            let generated = try file.tensor("gen_per_label", "N", &sizes).scalars(as: Int32.self).map(Int.init)
            let negatives = try file.tensor("n_uncond", "N", &sizes).scalars(as: Int32.self).map(Int.init)
            let weights = (0..<sizes["N"]).map { row in
                // Without negatives there is nothing that could have a weight; the vectors hold a 0.
                guard negatives[row] > 0 else { return 0.0 }
                return GuidanceLaw.negativeWeights(
                    alpha[row...row], generated: generated[row], negatives: negatives[row]
                ).item()
            }
            try comparisons.compare("weight", Tensor(weights), file.tensor("weight", "N", &sizes), .forward())
        }
    }

    private static func law(_ config: JSON, _ name: String) throws -> GuidanceLaw {
        guard let low = config["cfg_min"]?.number, let high = config["cfg_max"]?.number, low > 0, low <= high,
            let power = config["neg_cfg_pw"]?.number, let without = config["no_cfg_frac"]?.number,
            (0...1).contains(without)
        else { throw VerificationError("manifest.json: '\(name)' of cfg_sampling describes no law of alpha.") }
        return GuidanceLaw(range: low...high, power: power, without: without)
    }
}
