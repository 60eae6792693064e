internal import Foundation
internal import Generative
internal import Plots
internal import Torch

extension Study {
    /// The continuity equation on every path.
    static let continuity = Study(
        name: "continuity", title: "The continuity equation on seven paths"
    ) { size in
        let times = stride(from: 0.02, through: 0.981, by: 0.04).map { $0 }
        var report = StudyReport(
            "continuity", "The continuity equation on seven paths",
            """
            A velocity carries the marginals ρ_t of a path if ∂ log ρ / ∂t + v · ∇ log ρ + div v = 0 everywhere. For a mixture of \
            three Gaussians all terms are exact, by automatic differentiation in double precision; the residual is divided by the \
            largest sum of the terms' sizes. As a control the same is asked of a velocity that is one percent too fast.
            """)
        var table = StudyReport.Table(
            "Largest residual over \(times.count) times and \(size.samples) positions",
            ["path", "v = α' E[y | x] - σ σ' ∇ log ρ", "1.01 v"])
        var details = StudyReport.Table("Residuals", ["path", "time", "residual", "control"], isDetail: true)
        var curves: [LinePlot.Series] = []
        var worst = 0.0
        var least = Double.infinity
        for (name, path) in StudyMixtures.paths {
            let residuals = times.map { residual(along: path, at: $0, size.samples, speed: 1) }
            let controls = times.map { residual(along: path, at: $0, size.samples, speed: 1.01) }
            for (index, time) in times.enumerated() {
                details.add([.text(name), .number(time), .number(residuals[index]), .number(controls[index])])
            }
            let (largest, control) = (residuals.max() ?? .nan, controls.max() ?? .nan)
            table.add([.text(name), .number(largest), .number(control)])
            (worst, least) = (max(worst, largest), min(least, control))
            // A residual of exactly 0 has no logarithm.
            curves.append(.init(name, x: times, y: residuals.map { max($0, 1e-18) }))
        }
        report.tables = [table, details]
        report.figures = [
            .init(
                file: "continuity.png",
                plot: LinePlot(
                    "Relative residual of the continuity equation", x: Axis("time, from noise to data"),
                    y: Axis("largest residual", scale: .logarithmic), curves))
        ]
        report.checks = [
            .init("the residual is rounding, below 1e-10, on every path", worst < 1e-10),
            .init("one percent of speed is seen on every path", least > 1e-3),
        ]
        return report
    }

    private static func residual(along path: any AffinePath, at time: Double, _ count: Int, speed: Double) -> Double {
        let mixture = StudyMixtures.uneven
        let at = path.coefficients(at: Tensor([time]))
        let (alpha, sigma) = (at.alpha.item(), at.sigma.item())
        let x = mixture.diffused(alpha: alpha, sigma: sigma).draw(count, using: RandomSource(Seed(1).child("places")))
            .points
        return withGradients {
            let position = x.detach().requiringGrad()
            let moment = Tensor.full([count], time, dtype: .float64).requiringGrad()
            let here = path.coefficients(at: moment)
            let known = mixture.posterior(at: position, alpha: here.alpha, sigma: here.sigma)
            let growth = gradients(of: known.logDensity.sum(), withRespectTo: [moment], retainGraph: true)[0]
            let velocity =
                (here.alphaRate.unsqueeze(1) * known.data - here.halfVarianceRate.unsqueeze(1) * known.score) * speed
            let divergence = (0..<2).reduce(Tensor.zeros([count], dtype: .float64)) { sum, axis in
                let row = gradients(
                    of: velocity.select(1, axis).sum(), withRespectTo: [position], retainGraph: true)[0]
                return sum + row.select(1, axis)
            }
            let advection = (velocity * known.score).sum(1)
            let size = growth.abs() + advection.abs() + divergence.abs()
            return ((growth + advection + divergence).abs().amax() / size.amax()).item()
        }
    }
}
