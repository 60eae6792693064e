internal import Foundation
internal import Generative
internal import Plots
internal import Torch

/// A velocity with an error of at most ε at every place and time.
private struct Perturbed: VectorField {
    let field: MixtureVelocity<LinearPath>
    let size: Double

    func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        let (first, second) = (x.select(1, 0), x.select(1, 1))
        let error = Tensor.stack([(second * 3.0 + time * 5.0).cos(), (first * 3.0).sin()], 1)
        return field.velocity(at: x, time: time) + error * (size / 2.0.squareRoot())
    }
}

extension Study {
    private static let ring = GaussianMixture.ring(modes: 3, radius: 1, deviation: 0.5, dtype: .float64)
    private static let times = (0...200).map { Double($0) / 200 }

    /// Gronwall's bound for a field that is learned with an error.
    static let perturbation = Study(
        name: "perturbation", title: "Gronwall's bound for a perturbed field"
    ) { size in
        var report = StudyReport(
            "perturbation", "Gronwall's bound for a perturbed field",
            """
            If a velocity is wrong by at most ε everywhere, trajectories from one start end at most \
            ε ∫ exp(∫_t^1 L(s) ds) dt apart, where L is the one-sided Lipschitz constant of the exact velocity, the largest \
            eigenvalue of the symmetric part of its Jacobian. For three equal round Gaussians (width 0.5, at distance 1 from the \
            origin) L has a bound in closed form on the whole plane. The estimate takes the largest L along the exact trajectories \
            instead, which is right to first order in ε. Measured: the largest distance of \(size.samples) pairs of ends, with \
            steps by tolerance 1e-9.
            """)
        let source = RandomSource(Seed(5))
        let start = Tensor.randn([size.samples, 2], using: source, dtype: .float64)
        let control = StepSizeControl(absoluteTolerance: 1e-9, relativeTolerance: 1e-9)
        let field = MixtureVelocity(of: ring, along: LinearPath())
        let exact = AdaptiveODESampler(control: control).trajectories(of: field, from: start, at: times)
        let growth = integrated(times.map(closedFormConstant))
        let seen = integrated(times.indices.map { constant(at: exact.positions[$0], times[$0]) })
        var table = StudyReport.Table(
            "Deviation of the ends",
            ["ε", "largest measured", "mean measured", "estimate", "bound", "measured / bound"])
        var rows: [(size: Double, worst: Double, mean: Double)] = []
        for exponent in stride(from: -4.0, through: -0.5, by: 0.5) {
            let error = pow(10, exponent)
            let moved = AdaptiveODESampler(control: control)
                .sample(Perturbed(field: field, size: error), from: start, using: source).values
            let distances = (moved - exact.samples.values).square().sum(1).sqrt()
            rows.append((error, distances.amax().item(), distances.mean().item()))
        }
        for row in rows {
            table.add([
                .number(row.size), .number(row.worst), .number(row.mean), .number(row.size * seen),
                .number(row.size * growth), .number(row.worst / (row.size * growth)),
            ])
        }
        report.tables = [table]
        func curve(_ name: String, _ value: ((size: Double, worst: Double, mean: Double)) -> Double) -> LinePlot.Series
        {
            .init(name, x: rows.map(\.size), y: rows.map(value))
        }
        report.figures = [
            .init(
                file: "perturbation.png",
                plot: LinePlot(
                    "Deviation of the ends of trajectories", x: Axis("error ε of the velocity", scale: .logarithmic),
                    y: Axis("distance", scale: .logarithmic),
                    [
                        curve("largest measured", \.worst), curve("mean measured", \.mean),
                        curve("estimate", { $0.size * seen }), curve("bound", { $0.size * growth }),
                    ]))
        ]
        report.checks = [
            .init("the bound holds for every ε", rows.allSatisfy { $0.worst <= $0.size * growth }),
            .init("the estimate holds for small ε", rows.prefix(4).allSatisfy { $0.worst <= $0.size * seen * 1.001 }),
            .init("the bound in closed form is above the estimate", growth >= seen),
        ]
        return report
    }

    /// ∫_0^1 exp(∫_t^1 L(s) ds) dt by the trapezoidal rule on ``times``.
    private static func integrated(_ constants: [Double]) -> Double {
        let step = times[1] - times[0]
        var (rest, growths) = (0.0, [1.0])
        for index in constants.indices.dropLast().reversed() {
            rest += step * (constants[index] + constants[index + 1]) / 2
            growths.append(exp(rest))
        }
        return step * (growths.reduce(0, +) - (growths[0] + growths[growths.count - 1]) / 2)
    }

    /// A bound of L on the whole plane.
    ///
    /// With c = α² s² + σ² and modes within a circle of radius R, whose covariance given the position is at most R² I,
    ///
    ///     L <= (α α' s² + σ σ') / c + R² α (α' σ² - α σ σ') / c²
    private static func closedFormConstant(_ time: Double) -> Double {
        let (alpha, sigma, variance) = (time, 1 - time, 0.25)
        let c = alpha * alpha * variance + sigma * sigma
        return (alpha * variance - sigma) / c + alpha * (sigma * sigma + alpha * sigma) / (c * c)
    }

    /// The largest L at some positions [B, 2].
    private static func constant(at x: Tensor, _ time: Double) -> Double {
        withGradients {
            let leaf = x.detach().requiringGrad()
            let velocity = MixtureVelocity(of: ring, along: LinearPath()).velocity(at: leaf, time: time)
            let rows = (0..<2).map {
                gradients(of: velocity.select(1, $0).sum(), withRespectTo: [leaf], retainGraph: true)[0]
            }
            let (a, d) = (rows[0].select(1, 0), rows[1].select(1, 1))
            let b = (rows[0].select(1, 1) + rows[1].select(1, 0)) * 0.5
            let spread = (((a - d) * 0.5).square() + b.square()).sqrt()
            return ((a + d) * 0.5 + spread).amax().item()
        }
    }
}
