import Foundation

/// An axis of a plot.
public struct Axis: Sendable {
    /// Law by which positions follow from values.
    public enum Scale: Sendable {
        /// Equal steps for equal differences.
        case linear
        /// Equal steps for equal ratios; values that are not positive are left out.
        case logarithmic
    }

    /// Title of the axis.
    public var label: String
    /// The unit, which follows the label in parentheses.
    public var unit: String?
    /// Linear or logarithmic.
    public var scale: Scale
    /// The shown range; without one, that of the data.
    public var range: ClosedRange<Double>?

    /// An axis.
    public init(_ label: String, unit: String? = nil, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
        self.label = label
        self.unit = unit
        self.scale = scale
        self.range = range
    }

    /// True if a value has a place on the axis.
    func shows(_ value: Double) -> Bool {
        value.isFinite && (scale == .linear || value > 0)
    }

    /// Label, range and ticks for the data as gnuplot commands; `name` is x or y.
    func commands(_ name: String, data: ClosedRange<Double>) -> [String] {
        let title = unit.map { "\(label) (\($0))" } ?? label
        var commands = ["set \(name)label \(title.quoted) noenhanced textcolor rgb \"\(Palette.text)\""]
        if let range {
            commands.append("set \(name)range [\(range.lowerBound.inGnuplot):\(range.upperBound.inGnuplot)]")
        }
        if scale == .logarithmic { commands += logarithmic(name, range ?? data) }
        return commands
    }

    /// Powers of ten over a wide range; over a narrow one, where there would be too few of them, more.
    private func logarithmic(_ name: String, _ span: ClosedRange<Double>) -> [String] {
        precondition(span.lowerBound > 0, "\(label): a logarithmic axis cannot show \(span)")
        let commands = ["set logscale \(name)"]
        let ratio = span.upperBound / span.lowerBound
        guard ratio < 100 else { return commands + ["set format \(name) \"10^{%T}\""] }
        let shown = range ?? span.lowerBound / 1.1...span.upperBound * 1.1
        let format = span.lowerBound >= 1e-3 && span.upperBound < 1e5 ? "%g" : "%.1t·10^{%T}"
        let ticks = ratio < 5 ? shown.evenTicks : span.ticksPerDecade
        return commands + [
            "set \(name)tics (\(ticks.map(\.inGnuplot).joined(separator: ", ")))",
            "set format \(name) \"\(format)\"",
            "set \(name)range [\(shown.lowerBound.inGnuplot):\(shown.upperBound.inGnuplot)]",
        ]
    }
}

extension ClosedRange<Double> {
    /// 1, 2 and 5 times each power of ten about the range.
    fileprivate var ticksPerDecade: [Double] {
        let decades = Int(log10(lowerBound).rounded(.down))...Int(log10(upperBound).rounded(.up))
        return decades.flatMap { decade in [1, 2, 5].compactMap { Double("\($0)e\(decade)") } }
    }

    /// Four to ten round numbers at equal distances.
    fileprivate var evenTicks: [Double] {
        let length = upperBound - lowerBound
        let power = pow(10, log10(length / 4).rounded(.down))
        let step = [5, 2, 1].map { $0 * power }.first { length / $0 >= 4 } ?? power
        let first = (lowerBound / step).rounded(.up)
        return (0...10).map { (first + Double($0)) * step }.filter(contains)
    }
}
