internal import Generative
internal import Metrics
internal import Plots
internal import Torch

/// The equation dx = v dt + g dW without the score: its marginals are others.
private struct Uncorrected: StochasticField {
    let field: MixtureVelocity<LinearPath>
    let noise: Double

    func drift(at x: Tensor, time: Tensor, given _: Void) -> Tensor { field.velocity(at: x, time: time) }
    func diffusion(at time: Tensor) -> Tensor { time.onesLike() * noise }
}

extension Study {
    /// The marginals of the family of stochastic equations.
    static let marginals = Study(
        name: "marginals", title: "One marginal, many equations"
    ) { size in
        let levels = size.isSmall ? [0.0, 1] : [0.0, 0.25, 0.5, 1, 2]
        let steps = size.isSmall ? [25, 100] : [25, 100, 400]
        var report = StudyReport(
            "marginals", "One marginal, many equations",
            """
            dx = (v + g² / 2 ∇ log ρ) dt + g dW has the marginals of the ODE dx = v dt for every g. Samples of a mixture of three \
            Gaussians at t = 1 are compared with fresh data by the energy distance (unbiased, so that it is 0 on average for equal \
            distributions); errors are standard errors over \(size.repetitions) repetitions of \(size.samples) samples, by the method \
            of Euler and Maruyama along the linear path. As a control the score is left out.
            """)
        var table = StudyReport.Table(
            "Energy distance to fresh data", ["equation"] + steps.map { "\($0) steps" })
        let same = try (0..<size.repetitions).map { try distance(data($0, "one", size), data($0, "two", size)) }
        let baseline = meanAndError(same)
        table.add(["data against data"] + steps.map { _ in .mean(baseline.mean, error: baseline.error) })
        var results: [[(mean: Double, error: Double)]] = []
        for noise in levels {
            let row = try steps.map { steps in
                try measured(MixtureDiffusion(of: StudyMixtures.uneven, along: LinearPath(), noise: noise), steps, size)
            }
            results.append(row)
            table.add([.text("g = \(noise)")] + row.map { .mean($0.mean, error: $0.error) })
        }
        let wrong = try steps.map { steps in
            let field = Uncorrected(field: MixtureVelocity(of: StudyMixtures.uneven, along: LinearPath()), noise: 1)
            return try measured(field, steps, size)
        }
        table.add(["g = 1 without the score"] + wrong.map { .mean($0.mean, error: $0.error) })
        report.tables = [table]
        report.figures = [figure(levels, steps, results)]
        for (index, noise) in levels.enumerated() {
            let (mean, error) = results[index][steps.count - 1]
            let limit = 5 * (error * error + baseline.error * baseline.error).squareRoot()
            report.checks.append(
                .init("g = \(noise) with \(steps.last ?? 0) steps: no further from data than data", abs(mean) < limit))
        }
        let control = wrong[steps.count - 1]
        report.checks.append(.init("without the score the marginal is another", control.mean > 5 * control.error))
        return report
    }

    private static func figure(
        _ levels: [Double], _ steps: [Int], _ results: [[(mean: Double, error: Double)]]
    ) -> StudyReport.Figure {
        let series = steps.indices.map { index in
            let column = results.map { $0[index] }
            return LinePlot.Series(
                "\(steps[index]) steps", x: levels, y: column.map(\.mean),
                band: column.map { $0.mean - 2 * $0.error...$0.mean + 2 * $0.error })
        }
        return StudyReport.Figure(
            file: "marginals.png",
            plot: LinePlot(
                "Energy distance to data, with two standard errors", x: Axis("noise g of the equation"),
                y: Axis("energy distance"), Array(series.reversed())))
    }

    private static func data(_ repetition: Int, _ name: String, _ size: StudySize) -> Tensor {
        let source = RandomSource(Seed(3).child(name).child(repetition))
        return StudyMixtures.uneven.draw(size.samples, using: source).points
    }

    private static func distance(_ one: Tensor, _ two: Tensor) throws -> Double {
        try EnergyDistance.between(one, two, estimator: .unbiased)
    }

    private static func measured<Field: StochasticField>(
        _ field: Field, _ steps: Int, _ size: StudySize
    ) throws -> (mean: Double, error: Double) where Field.Condition == Void {
        let distances = try (0..<size.repetitions).map { repetition in
            let source = RandomSource(Seed(4).child(repetition))
            let start = Tensor.randn([size.samples, 2], using: source, dtype: .float64)
            let ends = EulerMaruyamaSampler(times: .uniform(steps: steps), for: Field.self)
                .sample(field, from: start, given: (), using: source).values
            return try distance(ends, data(repetition, "fresh", size))
        }
        return meanAndError(distances)
    }
}
