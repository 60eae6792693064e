/// Curves over a common axis, with a legend when there are several.
public struct LinePlot: Plot, Sendable {
    /// One curve.
    public struct Series: Sendable {
        /// Its name in the legend.
        public var label: String
        /// Places of its points on the first axis.
        public var x: [Double]
        /// Their values; a gap is left where a value is not finite.
        public var y: [Double]
        /// A shaded range about each value, such as a standard deviation; empty for none.
        public var band: [ClosedRange<Double>]

        /// A curve through points in their order; the arrays are of one length.
        public init(_ label: String, x: [Double], y: [Double], band: [ClosedRange<Double>] = []) {
            precondition(x.count == y.count, "\(label): \(x.count) places for \(y.count) values")
            precondition(band.isEmpty || band.count == y.count, "\(label): \(band.count) ranges for \(y.count) values")
            self.label = label
            self.x = x
            self.y = y
            self.band = band
        }
    }

    /// The title above the plot.
    public var title: String
    /// The axis across.
    public var x: Axis
    /// The axis upwards.
    public var y: Axis
    /// The curves; the first lies on top.
    public var series: [Series]
    /// The width of the picture in pixels; text is of a size to be read at 900.
    public var width = 900
    /// The height of the picture in pixels.
    public var height = 560

    /// A plot of curves.
    public init(_ title: String, x: Axis, y: Axis, _ series: [Series]) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
    }

    /// Throws when no point has a place on both axes.
    public func check() throws(PlotError) {
        guard shownX != nil, shownY != nil else {
            let kind = x.scale == .logarithmic || y.scale == .logarithmic ? "finite, positive" : "finite"
            throw .nothingToDraw("'\(title)' has no \(kind) values")
        }
    }

    /// The complete script, with the data in it.
    public func script(output: String) -> String {
        var script = GnuplotScript(output: output, width: width, height: height)
        for (index, one) in series.enumerated() { script.addData("$data\(index)", rows(one)) }
        look.forEach { script.add($0) }
        if let shownX, let shownY {
            (x.commands("x", data: shownX) + y.commands("y", data: shownY)).forEach { script.add($0) }
        }
        script.add("plot " + curves.joined(separator: ", \\\n    "))
        return script.text
    }

    private var hasLegend: Bool { series.count > 1 }

    /// The legend stands in a row under the title, or, when there are many curves, in a column on the right.
    private var look: [String] {
        let isColumn = series.count > 4
        let top = hasLegend && !isColumn ? 0.84 : 0.89
        let key = isColumn ? "outside right top vertical" : "at graph 0, screen 0.915 left top horizontal"
        return [
            "set border 3 lc rgb \"\(Palette.axis)\" lw 1",
            "set tics nomirror out scale 0.6 textcolor rgb \"\(Palette.text)\"",
            "set grid back lt 1 lc rgb \"\(Palette.grid)\" lw 1",
            "set tmargin at screen \(top)",
            "set label 1 \(title.quoted) at graph 0, screen 0.955 left noenhanced font \",14\" front",
            hasLegend
                ? "set key \(key) Left reverse samplen 2 noenhanced textcolor rgb \"\(Palette.text)\"" : "unset key",
        ]
    }

    /// Bands first, so that no curve is veiled; the first series last, so that it lies on top.
    private var curves: [String] {
        let indices = series.indices
        let bands = indices.filter { !series[$0].band.isEmpty }.map { index in
            "$data\(index) using 1:3:4 with filledcurves \(Palette.style(index)) "
                + "fs transparent solid 0.18 noborder notitle"
        }
        // Few points are marked: they may lie far apart, and a single one would make no line.
        let lines = indices.map { index in
            let style = series[index].x.count <= 30 ? "linespoints pt 7 ps 0.7" : "lines"
            let title = "title \(series[index].label.quoted)"
            return "$data\(index) using 1:2 with \(style) \(Palette.style(index)) lw 2 \(title)"
        }
        return bands + lines
    }

    private func rows(_ series: Series) -> [[Double]] {
        series.x.indices.map { index in
            let isShown = x.shows(series.x[index]) && y.shows(series.y[index])
            let point = [series.x[index], isShown ? series.y[index] : .nan]
            guard !series.band.isEmpty else { return point }
            return point + [series.band[index].lowerBound, series.band[index].upperBound]
        }
    }

    private var points: [(x: Double, y: Double)] {
        series.flatMap { zip($0.x, $0.y) }.filter { x.shows($0) && y.shows($1) }.map { ($0, $1) }
    }

    private var shownX: ClosedRange<Double>? { points.map(\.x).bounds }

    private var shownY: ClosedRange<Double>? {
        let bands = series.flatMap(\.band).flatMap { [$0.lowerBound, $0.upperBound] }.filter(y.shows)
        return points.isEmpty ? nil : (points.map(\.y) + bands).bounds
    }
}

extension [Double] {
    /// From the smallest to the largest element.
    var bounds: ClosedRange<Double>? {
        guard let low = self.min(), let high = self.max() else { return nil }
        return low...high
    }
}
