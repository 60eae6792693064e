internal import Artifacts
internal import Torch
internal import TorchNN

/// Learning rates at some updates, in the manifest itself.
enum LearningRateCheck {
    static func run(_ schedules: JSON, _ recorder: CaseRecorder) {
        for (name, values) in schedules.object.sorted(by: { $0.key < $1.key }) {
            recorder.check(name) { comparisons in
                let schedule = try schedule(values["args"] ?? .null, name)
                let steps = values["steps"]?.array.compactMap(\.int) ?? []
                let expected = values["lr"]?.array.compactMap(\.number) ?? []
                guard steps.count == expected.count, !steps.isEmpty else {
                    throw VerificationError("manifest.json: lr_schedule '\(name)' has not as many rates as steps.")
                }
                // As ratios: rates differ by orders of magnitude. The release computes them in float32.
                let ratios = zip(steps, expected).map { schedule(at: $0) / $1 }
                try comparisons.compare(
                    "rates", Tensor(ratios), .ones([ratios.count], dtype: .float64), .forward(1e-3))
            }
        }
    }

    private static func schedule(_ arguments: JSON, _ name: String) throws -> LearningRate {
        guard let peak = arguments["learning_rate"]?.number, let warmup = arguments["warmup_steps"]?.int,
            let total = arguments["total_steps"]?.int
        else { throw VerificationError("manifest.json: lr_schedule '\(name)' has not all arguments.") }
        switch arguments["lr_schedule"]?.string {
        case "cosine" where total > warmup: return .cosine(peak, warmup: warmup, total: total, floor: 1e-6 * peak)
        case "const": return .constant(peak, warmup: warmup)
        default: throw Unknown(reason: "this version knows no such schedule")
        }
    }
}
