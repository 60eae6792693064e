public import Foundation
internal import Metrics
internal import Plots
public import Torch

/// How well scores tell strangers from a run's own: areas under the curve and false alarms, with their uncertainty.
///
/// A high score means a stranger; strangers are the positives, and ties count one half.
public struct StrangerReport: Sendable, Codable, Hashable {
    /// Numbers by name: `auroc_clean`, `auroc_noised`, `fpr95_clean`, `fpr95_noised`.
    public var scores: [String: Double] = [:]
    /// 95 % confidence intervals by the same names: percentiles of a bootstrap over both sets.
    public var intervals: [String: [Double]] = [:]
    /// Median scores of the inside and of the strangers, by `inside_clean` and the like.
    public var medians: [String: Double] = [:]

    /// Resamples of the bootstrap.
    private static let resamples = 400

    /// The report of one kind of score or of several.
    ///
    /// - Parameters:
    ///   - kinds: Name, such as `clean`, and scores of the inside [N] and of strangers [M].
    ///   - seed: Origin of the bootstrap.
    /// - Throws: `MetricError` if a side is empty or a score is not a number.
    public init(_ kinds: [(name: String, inside: Tensor, outside: Tensor)], seed: Seed) throws {
        for kind in kinds {
            let source = RandomSource(seed.child("bootstrap").child(kind.name))
            var drawn: [String: [Double]] = [:]
            for (name, value) in try Self.values(kind.inside, kind.outside) { scores["\(name)_\(kind.name)"] = value }
            for _ in 0..<Self.resamples {
                let sides = [kind.inside, kind.outside].map { scores in
                    scores.indexSelect(0, Tensor.randint(0..<scores.count, [scores.count], using: source))
                }
                for (name, value) in try Self.values(sides[0], sides[1]) { drawn[name, default: []].append(value) }
            }
            for (name, values) in drawn {
                let sorted = values.sorted()
                intervals["\(name)_\(kind.name)"] = [0.025, 0.975].map {
                    sorted[Int(($0 * Double(sorted.count - 1)).rounded())]
                }
            }
            medians["inside_\(kind.name)"] = kind.inside.median().item()
            medians["outside_\(kind.name)"] = kind.outside.median().item()
        }
    }

    private static func values(_ inside: Tensor, _ outside: Tensor) throws -> [(String, Double)] {
        let curve = try ROC(positives: outside, negatives: inside)
        return [("auroc", curve.area), ("fpr95", try curve.falsePositiveRate(atTruePositiveRate: 0.95))]
    }

    /// Draws how both sets' scores are distributed.
    ///
    /// - Parameters:
    ///   - inside: Scores [N].
    ///   - outside: Scores [M].
    ///   - names: Of the inside and of the strangers.
    ///   - file: The picture, .png.
    /// - Throws: `PlotError`, such as where there is no gnuplot.
    public static func draw(inside: Tensor, outside: Tensor, names: (String, String), to file: URL) throws {
        let all = Tensor.cat([inside, outside]).scalars(as: Double.self)
        let (low, high) = (all.min() ?? 0, all.max() ?? 1)
        let count = 40
        let width = max((high - low) / Double(count), 1e-9)
        func curve(_ name: String, _ scores: Tensor) -> LinePlot.Series {
            var shares = [Double](repeating: 0, count: count)
            let values = scores.scalars(as: Double.self)
            let share = 1 / Double(values.count)
            for value in values { shares[min(Int((value - low) / width), count - 1)] += share }
            // Steps: each bin from its left end to its right one.
            let edges = (0...count).map { low + Double($0) * width }
            let x: [Double] = (0..<count).flatMap { [edges[$0], edges[$0 + 1]] }
            let y: [Double] = shares.flatMap { [$0, $0] }
            return LinePlot.Series(name, x: x, y: y)
        }
        try LinePlot(
            "Distances from the data", x: Axis("distance u"), y: Axis("share of the images"),
            [curve(names.0, inside), curve(names.1, outside)]
        ).write(to: file)
    }
}
