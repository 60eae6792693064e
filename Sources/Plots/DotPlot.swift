/// Values of named rows as dots with error bars, one row below the other: a table as a picture.
public struct DotPlot: Plot, Sendable {
    /// One row.
    public struct Row: Sendable {
        /// Text at its left.
        public var label: String
        /// The value; a row without one stays empty.
        public var value: Double?
        /// Half the length of the error bar; 0 for none.
        public var error: Double

        /// A row.
        public init(_ label: String, value: Double?, error: Double = 0) {
            self.label = label
            self.value = value
            self.error = error
        }
    }

    /// The title above the plot.
    public var title: String
    /// The axis of the values.
    public var x: Axis
    /// The rows from top to bottom.
    public var rows: [Row]
    /// The width of the picture in pixels.
    public var width = 900

    /// A plot of rows.
    public init(_ title: String, x: Axis, _ rows: [Row]) {
        self.title = title
        self.x = x
        self.rows = rows
    }

    /// Throws when no row has a value that has a place on the axis.
    public func check() throws(PlotError) {
        guard shown != nil else { throw .nothingToDraw("'\(title)' has no values") }
    }

    /// The complete script, with the data in it.
    public func script(output: String) -> String {
        var script = GnuplotScript(output: output, width: width, height: 130 + 34 * rows.count)
        script.addData(
            "$rows",
            rows.enumerated().compactMap { index, row in
                row.value.flatMap { x.shows($0) ? [$0, Double(index), row.error] : nil }
            })
        let labels = rows.enumerated().map { "\($1.label.quoted) \($0)" }.joined(separator: ", ")
        let commands = [
            "set border 1 lc rgb \"\(Palette.axis)\" lw 1",
            "set tics nomirror out scale 0.6 textcolor rgb \"\(Palette.text)\"",
            "set grid xtics ytics back lt 1 lc rgb \"\(Palette.grid)\" lw 1", "unset key",
            "set ytics (\(labels)) noenhanced", "set yrange [\(Double(rows.count) - 0.5):-0.5]",
            "set label 1 \(title.quoted) at graph 0, screen 0.94 left noenhanced font \",14\" front",
            "set tmargin at screen 0.88",
        ]
        commands.forEach { script.add($0) }
        if let shown { x.commands("x", data: shown).forEach { script.add($0) } }
        script.add("plot $rows using 1:2:3 with xerrorbars pt 7 ps 1.1 \(Palette.style(0)) lw 2 notitle")
        return script.text
    }

    private var shown: ClosedRange<Double>? { rows.compactMap(\.value).filter(x.shows).bounds }
}
