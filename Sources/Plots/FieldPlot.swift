/// A scalar of the plane as colours and contours, with arrows and points upon it.
public struct FieldPlot: Plot, Sendable {
    /// A point of the plane.
    public typealias Point = SIMD2<Double>

    /// Arrows of one colour.
    public struct Arrows: Sendable {
        /// Name in the legend.
        public var label: String
        /// Tails.
        public var tails: [Point]
        /// From tail to head, as many.
        public var ways: [Point]
        /// Width of the lines.
        public var width: Double

        /// Arrows; tails and ways are of one length.
        public init(_ label: String, tails: [Point], ways: [Point], width: Double = 1) {
            precondition(tails.count == ways.count, "\(label): \(tails.count) tails for \(ways.count) ways")
            (self.label, self.tails, self.ways, self.width) = (label, tails, ways, width)
        }
    }

    /// The title above the plot.
    public var title: String
    /// Name of the scalar, beside its scale.
    public var label: String
    /// Places of the columns of ``values``, ascending.
    public var x: [Double]
    /// Places of the rows of ``values``, ascending.
    public var y: [Double]
    /// The scalar, row by row; may be empty, for arrows and points alone.
    public var values: [[Double]]
    /// Arrows; the last lie on top.
    public var arrows: [Arrows] = []
    /// Points, under the arrows.
    public var points: [Point] = []
    /// Number of contours.
    public var contours = 12
    /// The width of the picture in pixels.
    public var width = 820
    /// The height of the picture in pixels.
    public var height = 700

    /// A plot of a scalar on a grid: `values[row][column]` at (x[column], y[row]).
    public init(_ title: String, label: String, x: [Double], y: [Double], values: [[Double]]) {
        precondition(
            values.isEmpty || values.count == y.count && values.allSatisfy { $0.count == x.count },
            "\(title): the grid is of \(y.count) x \(x.count) places")
        (self.title, self.label, self.x, self.y, self.values) = (title, label, x, y, values)
    }

    /// Throws when there is neither a grid with extent nor an arrow or a point.
    public func check() throws(PlotError) {
        let hasGrid = x.count > 1 && y.count > 1
        guard hasGrid else { throw .nothingToDraw("'\(title)' has no grid") }
    }

    /// The complete script, with the data in it.
    public func script(output: String) -> String {
        var script = GnuplotScript(output: output, width: width, height: height)
        if !values.isEmpty {
            // An empty row ends a line of the grid.
            script.addData(
                "$grid", y.indices.flatMap { row in x.indices.map { [x[$0], y[row], values[row][$0]] } + [[]] })
        }
        if !points.isEmpty { script.addData("$points", points.map { [$0.x, $0.y] }) }
        for (index, group) in arrows.enumerated() {
            script.addData(
                "$arrows\(index)", zip(group.tails, group.ways).map { [$0.x, $0.y, $1.x, $1.y] })
        }
        look.forEach { script.add($0) }
        script.add("plot " + layers.joined(separator: ", \\\n    "))
        return script.text
    }

    private var look: [String] {
        let contour = [
            "set contour base", "set cntrparam bspline", "set cntrparam levels \(contours)", "unset surface",
            "set table $contours", "splot $grid using 1:2:3", "unset table",
        ]
        return (values.isEmpty ? [] : contour) + [
            "set border 3 lc rgb \"\(Palette.axis)\" lw 1",
            "set tics nomirror out scale 0.6 textcolor rgb \"\(Palette.text)\"",
            "set size ratio -1", "set tmargin at screen 0.91",
            "set xrange [\(x[0].inGnuplot):\(x[x.count - 1].inGnuplot)]",
            "set yrange [\(y[0].inGnuplot):\(y[y.count - 1].inGnuplot)]",
            "set palette defined (0 \"#F7FBFF\", 0.5 \"#9ECAE1\", 1 \"#2171B5\")",
            "set cblabel \(label.quoted) noenhanced textcolor rgb \"\(Palette.text)\"",
            "set title \(title.quoted) noenhanced font \",14\"",
            "set key outside bottom center horizontal samplen 2 noenhanced textcolor rgb \"\(Palette.text)\"",
        ]
    }

    private var layers: [String] {
        let scalar = [
            "$grid using 1:2:3 with image notitle",
            "$contours using 1:2 with lines lc rgb \"\(Palette.axis)\" lw 0.8 notitle",
        ]
        let dots = "$points using 1:2 with points pt 7 ps 0.35 lc rgb \"#E69F00\" title \"data\""
        let ways = arrows.enumerated().map { index, group in
            let colour = arrows.count == 1 ? Palette.series[6] : [Palette.axis, Palette.series[1]][min(index, 1)]
            return "$arrows\(index) using 1:2:3:4 with vectors head filled size graph 0.012,20 "
                + "lc rgb \"\(colour)\" lw \(group.width) title \(group.label.quoted)"
        }
        let all = (values.isEmpty ? [] : scalar) + (points.isEmpty ? [] : [dots]) + ways
        return all.isEmpty ? ["NaN notitle"] : all
    }
}
