internal import Artifacts
internal import Foundation
internal import Generative
internal import Torch

/// Trajectories of samplers on the exact answers of a mixture, as diffusers' schedulers make them.
enum SchedulersCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let mixture = try GaussianMixture(in: file)
        for name in file.names(in: "alpha_bar/") {
            recorder.check("alpha_bar/\(name)") { comparisons in
                guard let table = Self.table(name) else { throw Unknown(reason: "this version knows no such table") }
                let ours = Tensor(table.alphaBars)
                try comparisons.compare("alpha_bar", ours, file["alpha_bar/\(name)"], .ofMaximum(1e-6))
            }
        }
        guard let cases = try vectors.json("samplers/report.json")["cases"]?.array else {
            throw VerificationError("samplers/report.json: the list 'cases' is missing. Fetch the vectors again.")
        }
        for description in cases {
            let name = description["name"]?.string ?? "a case without a name"
            recorder.attempt(name) { try compare(Scheduler(description), name, mixture, file, recorder) }
        }
    }

    static func table(_ name: String) -> NoiseTable? {
        switch name {
        case "linear": .linear()
        case "scaled_linear": .scaledLinear()
        case "cosine", "squaredcos_cap_v2": .cosine()
        default: nil
        }
    }

    private static func compare(
        _ scheduler: Scheduler, _ name: String, _ mixture: GaussianMixture, _ file: VectorFile,
        _ recorder: CaseRecorder
    ) throws {
        let draws = file.tensors["\(name)/noise"]
        recorder.check(name) { comparisons in
            let track = try file["\(name)/track"]
            let start = try file["start"] * scheduler.startDeviation
            let model = Answers(mixture: mixture, prediction: scheduler.prediction)
            var positions = [start]
            func follow(_ rule: some StepRule) -> Samples {
                DiffusionSampler(rule, over: scheduler.grid, for: Answers.self).sample(
                    model, from: start, given: (), drawing: { number in draws.map { $0[number] } ?? start.zerosLike() },
                    observing: { positions.append($0.values) })
            }
            let samples = follow(scheduler.rule)
            try comparisons.compare(
                "evaluations", samples.meanEvaluations, file["\(name)/calls"].to(.float64).item(), .exact)
            let largest = track.abs().amax().item()
            for (step, position) in positions.enumerated() {
                let call = min(step * scheduler.callsPerStep, track.shape[0] - 1)
                try comparisons.compare(
                    "state after step \(step)", position, track[call], .ofMaximum(1e-4, floor: largest))
            }
        }
    }
}

/// Exact answers, brought through the quantity that the scheduler was given.
private struct Answers: LevelModel {
    let mixture: GaussianMixture
    let prediction: Prediction

    func estimate(at x: Tensor, level: NoiseLevel, given _: Void) -> Estimate {
        let known = MixtureLevels(of: mixture).estimate(at: x, level: level, given: ())
        let answer =
            switch prediction {
            case .data: known.data
            case .v: known.noise * level.alpha - known.data * level.sigma
            default: known.noise
            }
        // Schedulers of data at their own scale still hold predictions of v at unit variance.
        return prediction == .v && level.alpha == 1 ? known : level.estimate(from: answer, as: prediction, at: x)
    }
}

/// Our grid and rule for a scheduler of diffusers, by its class and options.
private struct Scheduler {
    let grid: NoiseGrid
    let rule: any StepRule
    let prediction: Prediction
    /// Standard deviation of the start: 1 where variance is kept, the highest noise level elsewhere.
    let startDeviation: Double
    /// Calls in a whole step.
    let callsPerStep: Int

    init(_ description: JSON) throws {
        guard let name = description["scheduler"]?.string, let steps = description["steps"]?.int,
            let schedule = description["schedule"]?.string, SchedulersCheck.table(schedule) != nil
        else { throw Unknown(reason: "the case does not say what this version needs to know") }
        var options = description["options"]?.object ?? [:]
        options["_class_name"] = .string(name)
        options["prediction_type"] = description["prediction"]
        options["beta_schedule"] = .string(schedule == "cosine" ? "squaredcos_cap_v2" : schedule)
        if schedule == "scaled_linear" {
            (options["beta_start"], options["beta_end"]) = (.number(0.00085), .number(0.012))
        }
        let plan: DiffusersScheduler.Plan
        do {
            let scheduler = try DiffusersScheduler(.object(options), from: description["name"]?.string ?? name)
            plan = try scheduler.plan(steps: steps, eta: description["step"]?["eta"]?.number ?? 0)
        } catch let error as ArtifactError {
            throw Unknown(reason: error.description)
        }
        (grid, rule, prediction) = (plan.grid, plan.rule, plan.prediction)
        startDeviation = plan.startDeviation
        callsPerStep = name.hasPrefix("Heun") ? 2 : 1
    }
}
