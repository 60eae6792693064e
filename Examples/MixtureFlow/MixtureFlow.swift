// Carries noise to a ring of Gaussians along the exact velocity field, with every solver, and compares the samples
// with what is known about the data.
//
//     swift run MixtureFlow [SAMPLES]

import Generative
import Torch

/// A table of solvers: what a sample costs, and how far it ends from the exact end of its trajectory.
@main struct MixtureFlow {
    static let mixture = GaussianMixture.ring(modes: 8, radius: 2, deviation: 0.2, dtype: .float64)
    static let field = MixtureVelocity(of: mixture, along: LinearPath())

    static func main() {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 4000
        let source = RandomSource(Seed(1).child("noise"))
        let noise = Tensor.randn([count, 2], using: source, dtype: .float64)
        let exact = adaptive(tolerance: 1e-9, noise, source)

        print(column("solver") + "evaluations   error   variance (data: \(shown(mixture.covariance[0, 0].item())))")
        report("adaptive, 1e-9", exact, against: exact)
        for tolerance in [1e-2, 1e-4] {
            report("adaptive, \(tolerance)", adaptive(tolerance: tolerance, noise, source), against: exact)
        }
        for solver in [Tableau.euler, .midpoint, .heun, .rk4, .dormandPrince54] {
            let samples = ODESampler(solver, times: .uniform(steps: 24 / solver.stages))
                .sample(field, from: noise, using: source)
            report(solver.name, samples, against: exact)
        }
    }

    static func adaptive(tolerance: Double, _ noise: Tensor, _ source: RandomSource) -> Samples {
        let control = StepSizeControl(absoluteTolerance: tolerance, relativeTolerance: tolerance)
        return AdaptiveODESampler(control: control).sample(field, from: noise, using: source)
    }

    static func report(_ name: String, _ samples: Samples, against exact: Samples) {
        let error = (samples.values - exact.values).norm(1).mean().item()
        let variance = samples.values[TensorIndex.all, 0].var().item()
        print(column(name) + column(shown(samples.meanEvaluations), 14) + column(shown(error), 8) + shown(variance))
    }

    static func column(_ text: String, _ width: Int = 24) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// Four decimals, without Foundation.
    static func shown(_ number: Double) -> String {
        let digits = String(Int((number.magnitude * 10_000).rounded()))
        let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return (number < 0 ? "-" : "") + padded.dropLast(4) + "." + padded.suffix(4)
    }
}
