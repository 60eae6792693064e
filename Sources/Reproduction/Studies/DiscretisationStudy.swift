internal import Foundation
internal import Generative
internal import Plots
internal import Torch

/// The error of a rule at several numbers of evaluations.
private struct Curve {
    let name: String
    let order: Int
    /// Cost and error, the cost rising.
    let points: [(x: Double, y: Double)]

    /// The slope of the last four points above rounding.
    var slope: Double {
        let kept = points.filter { $0.y > 1e-11 }
        return kept.count < 2 ? .nan : -logarithmicSlope(Array(kept.suffix(4)))
    }

    /// The error at the largest cost up to a budget.
    func error(within budget: Double) -> StudyReport.Cell {
        points.last { $0.x <= budget }.map { .number($0.y) } ?? "-"
    }

    var series: LinePlot.Series { .init(name, x: points.map(\.x), y: points.map { max($0.y, 1e-15) }) }
}

extension Study {
    /// Error against evaluations for every step rule.
    static let discretisation = Study(
        name: "discretisation", title: "Discretisation error against evaluations"
    ) { size in
        var report = StudyReport(
            "discretisation", "Discretisation error against evaluations",
            """
            Every rule follows the same exact model along the trigonometric path from t = 0.05 to t = 0.95, from the exact \
            marginal at the start. Rules of the ODE: root mean square distance between the ends of 64 trajectories of a mixture \
            of three Gaussians and the exact ends. Stochastic rules: relative error of the deviation of their samples of \
            N(0, 0.25), which is computed without drawing, as a step is a linear map there. The slope is fitted to the last four \
            points above rounding. Langevin corrections keep an error of their own, so they have no order.
            """)
        let steps = (0..<size.doublings).map { 4 << $0 }
        let deterministic = Trajectories().curves(steps)
        let stochastic = Deviations().curves(steps)
        report.tables = [
            table("Rules of the ODE", deterministic), table("Stochastic rules", stochastic),
            details(deterministic + stochastic),
        ]
        report.figures = [
            figure("deterministic.png", "Error of the ends of trajectories", deterministic),
            figure("stochastic.png", "Relative error of the deviation of samples", stochastic),
        ]
        report.checks = (deterministic + stochastic).filter { $0.order > 0 }.map { curve in
            .init(
                "\(curve.name) converges with order \(curve.order) at least, slope \(String(format: "%.2f", curve.slope))",
                curve.slope > Double(curve.order) - 0.35)
        }
        return report
    }

    private static func table(_ title: String, _ curves: [Curve]) -> StudyReport.Table {
        var table = StudyReport.Table(
            title, ["rule", "order", "slope", "error within 16 evaluations", "within 64", "within 256"])
        for curve in curves {
            table.add([
                .text(curve.name), curve.order == 0 ? "-" : .number(Double(curve.order)), .number(curve.slope),
                curve.error(within: 16), curve.error(within: 64), curve.error(within: 256),
            ])
        }
        return table
    }

    private static func details(_ curves: [Curve]) -> StudyReport.Table {
        var table = StudyReport.Table("All errors", ["rule", "evaluations", "error"], isDetail: true)
        for curve in curves {
            for point in curve.points { table.add([.text(curve.name), .number(point.x), .number(point.y)]) }
        }
        return table
    }

    private static func figure(_ file: String, _ title: String, _ curves: [Curve]) -> StudyReport.Figure {
        var plot = LinePlot(
            title, x: Axis("evaluations of the model", scale: .logarithmic), y: Axis("error", scale: .logarithmic),
            curves.map(\.series))
        (plot.width, plot.height) = (1100, 640)
        return StudyReport.Figure(file: file, plot: plot)
    }
}

private let path = TrigonometricPath()
private let interval = 0.05...0.95

/// Rules of the ODE on a mixture.
private struct Trajectories {
    private let mixture = StudyMixtures.uneven
    private let start: Tensor
    private let exact: Tensor
    private let field = MixtureVelocity(of: StudyMixtures.uneven, along: path)
    private let unused = RandomSource(Seed(0))

    init() {
        let level = NoiseGrid(along: path, over: .uniform(steps: 1, over: interval)).start
        start =
            mixture.diffused(alpha: level.alpha, sigma: level.sigma)
            .draw(64, using: RandomSource(Seed(2).child("starts"))).points
        var control = StepSizeControl(absoluteTolerance: 1e-13, relativeTolerance: 1e-13)
        control.maximumSteps = 100_000
        exact = AdaptiveODESampler(control: control, over: interval).sample(field, from: start, using: unused).values
    }

    private static let rules: [any StepRule] = [
        DDIM(), EDMHeun(), DPMSolver(order: 1, lowersOrderAtEnd: false), DPMSolver(order: 2, lowersOrderAtEnd: false),
        DPMSolver(order: 3, lowersOrderAtEnd: false), UniPC(order: 1), UniPC(order: 2), UniPC(order: 3),
    ]

    func curves(_ steps: [Int]) -> [Curve] {
        [Tableau.euler, .midpoint, .heun, .rk4].map { tableau in
            Curve(name: tableau.name, order: tableau.order, points: steps.map { fixed(tableau, $0) })
        } + [adaptive(levels: steps.count + 1)] + Self.rules.map { ruled($0, steps) }
    }

    private func point(_ samples: Samples) -> (x: Double, y: Double) {
        (samples.meanEvaluations, (samples.values - exact).square().sum(1).mean().sqrt().item())
    }

    private func fixed(_ tableau: Tableau, _ steps: Int) -> (x: Double, y: Double) {
        point(
            ODESampler(tableau, times: .uniform(steps: steps, over: interval))
                .sample(field, from: start, using: unused))
    }

    private func adaptive(levels: Int) -> Curve {
        let points = (0..<levels).map { level in
            let tolerance = pow(10, -1.5 - Double(level))
            let control = StepSizeControl(absoluteTolerance: tolerance, relativeTolerance: tolerance)
            return point(
                AdaptiveODESampler(control: control, over: interval).sample(field, from: start, using: unused))
        }
        return Curve(name: Tableau.dormandPrince54.name, order: 5, points: points)
    }

    private func ruled(_ rule: some StepRule, _ steps: [Int]) -> Curve {
        let points = steps.map { count in
            let grid = NoiseGrid(along: path, over: .uniform(steps: count, over: interval))
            return point(
                DiffusionSampler(rule, over: grid).sample(
                    MixtureLevels(of: mixture), from: start, given: (), using: unused))
        }
        return Curve(name: rule.description, order: rule.order, points: points)
    }
}

/// Stochastic rules on Gaussian data: one row carries the start, each other one a draw, and variances add.
private struct Deviations {
    private let mixture = StudyMixtures.narrow

    func curves(_ steps: [Int]) -> [Curve] {
        [
            curve(DDIM(eta: 0.5), steps), curve(DDIM(eta: 1), steps), curve(AncestralSampling(.small), steps),
            curve(AncestralSampling(.large), steps), curve(DPMSolver(order: 1, stochastic: true), steps),
            curve(DPMSolver(order: 2, stochastic: true, lowersOrderAtEnd: false), steps),
            curve(EDMHeun(churn: .init(amount: 2)), steps, unscaled: true),
            curve(PredictorCorrector(DDIM(), ratio: 0.05), steps, order: 0),
        ]
    }

    private func curve(
        _ rule: some StepRule, _ steps: [Int], unscaled: Bool = false, order: Int? = nil
    ) -> Curve {
        let points = steps.map { count in
            var grid = NoiseGrid(along: path, over: .uniform(steps: count, over: interval))
            if unscaled { grid = grid.unscaled }
            let exact = deviation(grid.end)
            return (
                x: Double(rule.evaluations(over: grid)), y: abs(self.deviation(rule, grid) - exact) / exact
            )
        }
        return Curve(name: rule.description, order: order ?? rule.order, points: points)
    }

    private func deviation(_ level: NoiseLevel) -> Double {
        (level.alpha * level.alpha * 0.25 + level.sigma * level.sigma).squareRoot()
    }

    private func deviation(_ rule: some StepRule, _ grid: NoiseGrid) -> Double {
        let rows = 2 * grid.count + 1
        func unit(_ row: Int, _ size: Double) -> Tensor {
            Tensor((0..<rows).map { $0 == row ? size : 0 }, shape: [rows, 1])
        }
        let samples = DiffusionSampler(rule, over: grid, for: MixtureLevels.self).sample(
            MixtureLevels(of: mixture), from: unit(0, deviation(grid.start)), given: (),
            drawing: { unit($0 + 1, 1) })
        return samples.values.square().sum().item().squareRoot()
    }
}
