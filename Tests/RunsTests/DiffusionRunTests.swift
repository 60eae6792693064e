import Foundation
import Pushforward
import TestSupport
import Testing

/// A method on points, and how its runs are trained in these tests.
struct PointMethod: Sendable, CustomTestStringConvertible {
    let name: String
    let settings: String

    static let all = [
        PointMethod(name: "diffusion", settings: "{name: diffusion, batch: 128, drop_labels: 0.2}"),
        PointMethod(name: "edm", settings: "{name: edm, batch: 128, sigma_max: 20, drop_labels: 0.2}"),
        PointMethod(name: "score", settings: "{name: score, batch: 128, sigma_max: 10, drop_labels: 0.2}"),
    ]

    var testDescription: String { name }

    /// Settings of a small run on two modes in the plane.
    func points(steps: Int, _ changes: String...) throws -> RunSettings {
        try RunSettings().reading(
            yaml: """
                data: {name: toy, distribution: two_modes, count: 2000}
                network: {name: mlp, width: 64, depth: 3}
                method: \(settings)
                sampling: {preview_steps: 2}
                training:
                  {steps: \(steps), warmup_steps: 5, learning_rate: 3.0e-3, schedule: cosine, weight_decay: 0,
                  averages: [0.98], checkpoint_every: 100, precision: float32}
                evaluation: {every: 1000, samples: 0}
                """, setting: changes)
    }

    /// The trained run of this method that tests share.
    func trained() throws -> RunFolder {
        let place = try #require(Self.all.firstIndex { $0.name == name })
        return try Self.runs[place].get()
    }

    private static let runs = all.map { method in
        Result {
            let url = FileManager.default.temporaryDirectory.appending(path: "\(method.name)-\(UUID().uuidString)")
            try SmallRuns.train(url, method.points(steps: 400))
            return RunFolder(url)
        }
    }
}

@Suite("Runs of diffusion, EDM and score matching", .serialized)
struct DiffusionRunTests {
    private static let real = Toy2D.twoModes.examples(2000, using: RandomSource(Seed(9))).values

    private func check(_ samples: Samples, within bound: Double = 0.06) throws {
        let distance = try FrechetDistance.between(
            FeatureStatistics(of: samples.values), FeatureStatistics(of: Self.real))
        #expect(distance < bound)
        let share = (samples.values.select(1, 0) .> 0).to(.float64).mean().item()
        assertClose(share, 0.5, absolute: 0.08)
        #expect(samples.stopped.allSatisfy { $0 == .completed })
    }

    @Test("each method reaches both modes with its own sampler", arguments: PointMethod.all)
    func distribution(of method: PointMethod) throws {
        let model = try TrainedModel(method.trained(), setting: ["sampling.steps=30"])
        try check(model.samples(of: [Int](repeating: 0, count: 500), seed: Seed(1)))
    }

    @Test(
        "every sampler of every method reaches both modes",
        arguments: PointMethod.all,
        [
            "{name: ddim, steps: 25}", "{name: ancestral, steps: 30, variance: large}",
            "{name: heun, steps: 12, churn: 5}", "{name: dpm_solver, steps: 15, spacing: log_snr}",
            "{name: unipc, steps: 15, spacing: log_snr}", "{name: predictor_corrector, steps: 25}",
            "{name: ode, steps: 30}", "{name: adaptive, tolerance: 0.01}", "{name: sde, steps: 40}",
        ])
    func samplers(of method: PointMethod, _ sampling: String) throws {
        let model = try TrainedModel(method.trained(), setting: ["sampling=\(sampling)"])
        try check(model.samples(of: [Int](repeating: 0, count: 250), seed: Seed(1)), within: 0.15)
    }

    @Test("deterministic samplers of a model end at the same points from the same noise", arguments: PointMethod.all)
    func agreement(of method: PointMethod) throws {
        let labels = [Int](repeating: 0, count: 64)
        let ends = try [
            "{name: heun, steps: 30}", "{name: dpm_solver, steps: 50, spacing: log_snr}", "{name: ddim, steps: 150}",
        ].map { try TrainedModel(method.trained(), setting: ["sampling=\($0)"]).samples(of: labels, seed: Seed(2)) }
        for end in ends.dropFirst() {
            // The median: a few points between the modes are carried far by small errors.
            #expect((end.values - ends[0].values).abs().flatten().median().item() < 0.05)
        }
    }

    @Test(
        "evaluations and passes are counted, guidance within its interval included",
        arguments: PointMethod.all,
        [
            ("{name: ddim, steps: 4, guidance: {scale: 2}}", 4, 8), ("{name: heun, steps: 3}", 5, 5),
            ("{name: heun, steps: 3, guidance: {scale: 2}}", 5, 10),
            ("{name: predictor_corrector, steps: 3, corrections: 2, guidance: {scale: 0}}", 7, 7),
            ("{name: unipc, steps: 5, guidance: {scale: 1}}", 5, 5),
            ("{name: sde, steps: 4, guidance: {scale: 2, interval: [0.4, 1]}}", 4, 6),
            ("{name: ddim, steps: 1}", 1, 1),
        ])
    func costs(of method: PointMethod, _ expected: (sampling: String, evaluations: Int, passes: Int)) throws {
        let model = try TrainedModel(method.trained(), setting: ["sampling=\(expected.sampling)"])
        let samples = try model.samples(of: [0, 0], seed: Seed(1))
        #expect(samples.evaluations == [expected.evaluations, expected.evaluations])
        #expect(samples.passes == [expected.passes, expected.passes])
    }

    @Test(
        "a sample is the same bits whatever is drawn beside it, noise of its steps included",
        arguments: [
            "{name: ancestral, steps: 4}", "{name: sde, steps: 4}", "{name: predictor_corrector, steps: 3}",
            "{name: heun, steps: 3, guidance: {scale: 3}}",
        ])
    func independent(_ sampling: String) throws {
        let model = try TrainedModel(PointMethod.all[0].trained(), setting: ["sampling=\(sampling)"])
        let labels = [Int](repeating: 0, count: 70)
        let all = try model.samples(of: labels, seed: Seed(3))
        for (count, batch) in [(12, 1), (70, 7), (65, 64)] {
            let some = try model.samples(of: Array(labels.prefix(count)), seed: Seed(3), batch: batch)
            assertEqual(some.values, all.values.slice(0, 0, count))
        }
    }

    @Test("a measured deviation is kept with the run", arguments: PointMethod.all.dropFirst())
    func deviation(of method: PointMethod) throws {
        let text = try text(of: method.trained().configuration)
        let line = try #require(text.split(separator: "\n").first { $0.contains("data_deviation:") })
        let number = try #require(Double(line.split(separator: " ")[1]))
        let real = (Self.real - Self.real.mean()).square().mean().item().squareRoot()
        assertClose(number, real, absolute: 0.05)
        #expect(try names(in: method.trained().plots).contains("weighting.png"))
    }

    @Test("autoguidance follows one run away from another one, and counts both")
    func autoguidance() throws {
        let folder = try PointMethod.all[1].trained()
        let run = folder.url.path
        func samples(_ guidance: String) throws -> Samples {
            let model = try TrainedModel(folder, setting: ["sampling={name: heun, steps: 3, guidance: \(guidance)}"])
            return try model.samples(of: [0, 0, 0], seed: Seed(1))
        }
        let plain = try samples("null")
        // A model against itself is the model.
        let guided = try samples("{scale: 2, against: \"\(run)\"}")
        assertClose(guided.values, plain.values, relative: 1e-5, absolute: 1e-5)
        #expect(guided.passes == [10, 10, 10])
        // An earlier checkpoint of the same run is a weaker model.
        let early = try #require(folder.allCheckpoints().first { $0.step == 300 })
        let earlier = try samples("{scale: 2, against: \"\(early.url.path)\"}")
        #expect((earlier.values - plain.values).abs().amax().item() > 1e-3)
        let missing = #expect(throws: TrainingError.self) {
            try samples("{scale: 2, against: \"\(run)/checkpoints/step-000123\"}")
        }
        #expect(missing?.description.contains("keeps no checkpoint of step 123") == true)
        let error = #expect(throws: TrainingError.self) { try samples("{scale: 2, against: /nowhere}") }
        #expect(error?.description.contains("sampling.guidance.against") == true)
    }

    // Of networks that weigh errors at little noise; the noise prediction of `diffusion`, trained for seconds, is off by a nat there.
    @Test(
        "the likelihood of data is near their own, exact and estimated, there and back",
        arguments: PointMethod.all.filter { $0.name != "diffusion" })
    func likelihood(of method: PointMethod) throws {
        let model = try TrainedModel(method.trained())
        let points = Self.real[0..<40]
        // Half a Gaussian each at (-1, 0) and (1, 0), of deviation 1/4.
        let squares = [-1.0, 1].map { (points - Tensor([$0, 0]).to(.float32)).square().sum(1) * -8 }
        let own = (Tensor.stack(squares).logsumexp(0) - log(2 * 2 * Double.pi / 16)).mean().item()
        func row(_ divergence: Divergence, _ tolerance: Double) throws -> RunLikelihood.Row {
            try RunLikelihood(model, divergence: divergence).measure(
                points, labels: [Int](repeating: 0, count: 40), tolerance: tolerance, seed: Seed(1))
        }
        let exact = try row(.exact, 1e-3)
        assertClose(exact.logDensity, own, relative: 0, absolute: 0.3)
        assertClose(exact.bitsPerDimension, -exact.logDensity / 2 / log(2), relative: 1e-5)
        #expect(exact.incomplete == 0 && exact.roundTrip < 0.1 && exact.standardError > 0)
        assertClose(try row(.hutchinson(probes: 2), 1e-2).logDensity, exact.logDensity, relative: 0, absolute: 0.3)
    }

    @Test("temperature narrows modes and keeps their weights", arguments: ["ddim", "ode"])
    func temperature(_ sampler: String) throws {
        func samples(_ sharpness: Double) throws -> Tensor {
            let change = "sampling={name: \(sampler), steps: 30, temperature: {width: 0.2, sharpness: \(sharpness)}}"
            return try TrainedModel(PointMethod.all[0].trained(), setting: [change])
                .samples(of: [Int](repeating: 0, count: 250), seed: Seed(1)).values
        }
        func spread(_ points: Tensor) -> Double {
            let height = points.select(1, 1)
            return (height - height.mean()).square().mean().item().squareRoot()
        }
        let (plain, sharp) = (try samples(1), try samples(4))
        #expect(spread(sharp) < 0.75 * spread(plain))
        assertClose((sharp.select(1, 0) .> 0).to(.float64).mean().item(), 0.5, absolute: 0.1)
    }

    @Test("stopped by a signal, a run goes on to the same bits", arguments: PointMethod.all)
    func resume(of method: PointMethod) throws {
        try withTemporaryFolder { url in
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            let settings = try method.points(steps: 6, "training.checkpoint_every=2", "training.log_every=1")
            #expect(try SmallRuns.train(whole, settings) == .finished)
            let stopped = try SmallRuns.train(parts, settings) { $0.contains("step 1/6") }
            #expect(stopped == .interrupted(stage: "model", step: 1))
            #expect(try SmallRuns.train(parts, settings, resuming: true) == .finished)
            let (a, b) = (try files(below: whole), try files(below: parts))
            for (path, content) in a where path.hasSuffix("safetensors") || path.hasSuffix("config.yaml") {
                #expect(b[path] == content, "\(path) differs")
            }
        }
    }

    @Test(
        "every schedule, target, weighting and law of times trains and samples",
        arguments: [
            "{name: diffusion, schedule: linear, predict: data, weighting: truncated_snr}",
            "{name: diffusion, schedule: scaled_linear, predict: v, weighting: min_snr}",
            "{name: diffusion, schedule: cosine, zero_terminal_snr: true, predict: v, times: shifted, shift: 3}",
            "{name: diffusion, schedule: vp, predict: noise, times: likelihood}",
            "{name: diffusion, schedule: sub_vp, predict: noise, weighting: likelihood, times: logit_normal}",
            "{name: diffusion, schedule: cosine_path, predict: data, weighting: snr}",
            "{name: diffusion, schedule: linear, table_size: 20}",
            "{name: edm, data_deviation: 0.7, times: log_uniform, weighting: min_snr}",
            "{name: score, predict: noise, weighting: likelihood}",
        ])
    func variants(_ method: String) throws {
        try withTemporaryFolder { url in
            let settings = try PointMethod(name: "", settings: method).points(
                steps: 2, "sampling.steps=4", "training.warmup_steps=0")
            #expect(try SmallRuns.train(url, settings) == .finished)
            for sampling in ["ddim", "heun", "ode", "sde"] {
                let change = "sampling={name: \(sampling), steps: 3}"
                // Pure noise has no Karras level, but this grid brings its own.
                let samples = try TrainedModel(RunFolder(url), setting: [change]).samples(of: [0, 0], seed: Seed(1))
                #expect(samples.stopped == [.completed, .completed], "\(sampling)")
            }
        }
    }

    @Test("flows are sampled by the rules of diffusion as well")
    func flow() throws {
        try withTemporaryFolder { url in
            let flow = PointMethod(name: "flow", settings: "{name: flow, batch: 128}")
            try SmallRuns.train(url, flow.points(steps: 300))
            for sampling in [
                "{name: ddim, steps: 25, eta: 0.5}", "{name: heun, steps: 12}",
                "{name: dpm_solver, steps: 15, spacing: log_snr}", "{name: sde, steps: 50}",
            ] {
                let model = try TrainedModel(RunFolder(url), setting: ["sampling=\(sampling)"])
                try check(model.samples(of: [Int](repeating: 0, count: 250), seed: Seed(1)), within: 0.15)
            }
        }
    }

    @Test(
        "mistakes are named before anything is computed",
        arguments: [
            (["method={name: diffusion, zero_terminal_snr: true}"], "predicts noise at zero terminal SNR"),
            (["method={name: diffusion, schedule: cosine_path}"], "starts at pure noise"),
            (
                [
                    "method={name: diffusion, zero_terminal_snr: true, predict: v}",
                    "sampling={name: heun, spacing: trailing}",
                ],
                "write spacing: karras"
            ),
            (["method={name: edm}", "sampling={name: ddim, spacing: leading}"], "which is one of a table"),
            (["method={name: diffusion, table_size: 10}", "sampling.steps=10"], "as many as the table of 10 or more"),
            (["method={name: diffusion}", "sampling={name: adaptive, steps: 3}"], "sampling.steps: unknown key"),
            (["method={name: score}", "sampling.steps=0"], "sampling.steps: must be"),
            (["method={name: edm}", "sampling.guidance={}"], "has guidance, but no label was dropped"),
            (["method={name: edm, drop_labels: 0.1}", "sampling.guidance={interval: [0, 2]}"], "interval"),
            (["method={name: score, sigma_min: 3, sigma_max: 2}"], "has sigma_min 3.0, not below sigma_max 2.0"),
            (["method={name: edm}", "sampling={sigma_min: 3, sigma_max: 2}"], "has sigma_min 3.0, not below"),
            (["method={name: diffusion, predict: score}"], "method.predict"),
            (["method={name: diffusion, weighting: snr, gamma: 3}"], "method.gamma: unknown key"),
            (["method={name: diffusion}", "source_data={name: mnist}"], "is not used by the method diffusion"),
        ])
    func mistakes(_ changes: [String], _ message: String) {
        let error = #expect(throws: SettingsError.self) {
            try RunSettings().reading(yaml: "network: {name: unet}\n", setting: changes)
        }
        #expect(error.map { "\($0)".contains(message) } == true, "\(error as Any)")
    }
}
