internal import Foundation
internal import Plots

extension ComparisonReport {
    /// Draws the curves; those without points are left out.
    ///
    /// - Returns: Warnings about pictures that could not be drawn.
    func drawPlots(into folder: URL) -> [String] {
        guard let leading = columns.first else { return [] }
        let scale: Axis.Scale = leading.isDistance ? .logarithmic : .linear
        let quality = Axis(leading.title, scale: scale)
        let plots = [
            (
                "evaluations.png",
                LinePlot(
                    "Quality against network evaluations", x: Axis("evaluations per sample", scale: .logarithmic),
                    y: quality,
                    curves(leading) {
                        $0.evaluations
                    } whole: {
                        $0.evaluations
                    })
            ),
            (
                "seconds.png",
                LinePlot(
                    "Quality against the time of a sample", x: Axis("seconds per sample", scale: .logarithmic),
                    y: quality,
                    curves(leading) {
                        $0.seconds
                    } whole: {
                        $0.secondsPerSample
                    })
            ),
            (
                "minutes.png",
                LinePlot(
                    "Quality while training, in the features of the runs' judge", x: Axis("training", unit: "min"),
                    y: Axis("Fréchet distance", scale: .logarithmic), examinations)
            ),
        ]
        return plots.compactMap { name, plot in
            var plot = plot
            // Names beside the curves take their share.
            if plot.series.count > 4 { plot.width = 1300 }
            guard (try? plot.check()) != nil else { return nil }
            do {
                try plot.write(to: folder.appending(path: name))
                return nil
            } catch {
                return "A plot is missing: \(error)"
            }
        }
    }

    /// Curves over budgets, averaged over seeds; where a row has one budget only, a single point.
    private func curves(
        _ leading: Column, _ place: (CellResult.Budget) -> Double, whole: (CellResult) -> Double
    ) -> [LinePlot.Series] {
        rows.compactMap { row in
            guard let first = row.results.first else { return nil }
            let points =
                first.curve.isEmpty
                ? [(row.results.map(whole), row.results.compactMap { $0.values[leading.name] })]
                : first.curve.indices.map { index in
                    let budgets = row.results.filter { $0.curve.count == first.curve.count }.map { $0.curve[index] }
                    return (budgets.map(place), budgets.map(\.quality))
                }
            let means = points.compactMap { x, y -> (Double, Value)? in
                guard let x = Value(of: x)?.mean, let y = Value(of: y) else { return nil }
                return (x, y)
            }.sorted { $0.0 < $1.0 }
            let hasErrors = means.count > 1 && means.allSatisfy { $0.1.error != nil }
            return LinePlot.Series(
                row.label, x: means.map(\.0), y: means.map(\.1.mean),
                band: hasErrors ? means.map { band($0.1) } : [])
        }
    }

    private func band(_ value: Value) -> ClosedRange<Double> {
        let error = value.error ?? 0
        return value.mean - error...value.mean + error
    }

    /// Curves of the first seed of each method.
    private var examinations: [LinePlot.Series] {
        var seen: Set<String> = []
        return rows.compactMap { row in
            guard let points = row.results.first?.examinations, points.count > 1, seen.insert(row.method).inserted
            else { return nil }
            let name = row.label.split(separator: ",").first.map(String.init) ?? row.label
            return LinePlot.Series(name, x: points.map(\.minutes), y: points.map(\.frechet))
        }
    }
}
