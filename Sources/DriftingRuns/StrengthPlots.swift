internal import Foundation
internal import Plots
internal import Training

/// Plots of the field's strength: by step, and by feature at the end.
struct StrengthPlots: RunObserver {
    private let folder: RunFolder
    private let temperatures: [Double]

    init(_ folder: RunFolder, temperatures: [Double]) {
        self.folder = folder
        self.temperatures = temperatures
    }

    /// Draws both.
    func finish(after step: Int) throws {
        let records = try MetricsLog.records(in: folder.metrics)
        try attemptAll([{ try drawStrength(records) }, { try drawFeatures(records.last) }])
    }

    private func drawStrength(_ records: [MetricsRecord]) throws {
        guard records.count > 1 else { return }
        let series = temperatures.map { temperature in
            let (steps, values) = records.series("strength_\(temperature)")
            return LinePlot.Series("temperature \(temperature)", x: steps, y: values)
        }
        // Where the generator can draw no better there is no force, and a logarithmic axis no place for it.
        guard series.contains(where: { $0.y.contains { $0 > 0 } }) else { return }
        try LinePlot(
            Self.title(series.count { Self.isFalling($0.y) }, of: series.count), x: Axis("step"),
            y: Axis("mean square of the force", scale: .logarithmic), series
        ).write(to: folder.plots.appending(path: "strength.png"))
    }

    /// A title that says of the curves what they show.
    private static func title(_ falling: Int, of count: Int) -> String {
        let claim = falling == count ? ": it falls while the loss stays flat" : falling == 0 ? ": it does not fall" : ""
        return "Raw field strength by step" + claim
    }

    /// True if the mean of the last tenth is below half of that of the first tenth.
    private static func isFalling(_ values: [Double]) -> Bool {
        let finite = values.filter(\.isFinite)
        let part = max(1, finite.count / 10)
        func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
        return finite.count > 1 && mean(finite.suffix(part)[...]) < 0.5 * mean(finite.prefix(part)[...])
    }

    /// Strength of the force at the end: the mean over temperatures of each feature.
    private func drawFeatures(_ record: MetricsRecord?) throws {
        var strengths: [String: [Double]] = [:]
        for (name, value) in record?.values ?? [:] where name.hasPrefix("strength_") {
            let parts = name.split(separator: "/", maxSplits: 1)
            if parts.count == 2 { strengths[String(parts[1]), default: []].append(value) }
        }
        let rows = strengths.map { DotPlot.Row($0.key, value: $0.value.reduce(0, +) / Double($0.value.count)) }
            .sorted { ($0.value ?? 0, $1.label) > ($1.value ?? 0, $0.label) }
        guard rows.contains(where: { ($0.value ?? 0) > 0 }) else { return }
        let title = "Raw field strength per feature at the last step, mean over temperatures"
        try DotPlot(title, x: Axis("mean square of the force", scale: .logarithmic), rows)
            .write(to: folder.plots.appending(path: "features.png"))
    }

}
