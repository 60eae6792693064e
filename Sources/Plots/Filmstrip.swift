/// Clouds of points in the plane in a grid of frames: how samples move onto the data.
///
/// All frames show the same region at the same scale in both directions.
public struct Filmstrip: Plot, Sendable {
    /// A point of the plane.
    public typealias Point = SIMD2<Double>

    /// One picture of the strip.
    public struct Frame: Sendable {
        /// Text above it.
        public var caption: String
        /// One cloud for each name of the legend; later ones lie on top.
        public var clouds: [[Point]]

        /// A picture with a cloud for each name of the legend.
        public init(_ caption: String, clouds: [[Point]]) {
            self.caption = caption
            self.clouds = clouds
        }
    }

    /// Frames side by side.
    public struct Row: Sendable {
        /// Text at its left; may be empty.
        public var label: String
        /// The frames from left to right.
        public var frames: [Frame]

        /// A row of frames.
        public init(_ frames: [Frame], label: String = "") {
            self.label = label
            self.frames = frames
        }
    }

    /// The title above the strip.
    public var title: String
    /// The names of the clouds, the same in all frames: `["data", "generated"]`.
    public var legend: [String]
    /// The rows from top to bottom.
    public var rows: [Row]
    /// The region that is shown; without one, that of all points.
    public var region: (x: ClosedRange<Double>, y: ClosedRange<Double>)?
    /// The width of a frame in pixels.
    public var frameWidth = 220

    /// A strip of frames.
    public init(_ title: String, legend: [String], _ rows: [Row]) {
        for frame in rows.flatMap(\.frames) {
            precondition(
                frame.clouds.count == legend.count,
                "frame '\(frame.caption)' has \(frame.clouds.count) clouds for \(legend.count) names")
        }
        self.title = title
        self.legend = legend
        self.rows = rows
    }

    /// Throws when there is no finite point.
    public func check() throws(PlotError) {
        guard finitePoints.isEmpty else { return }
        throw .nothingToDraw("'\(title)' has no finite points")
    }

    /// The complete script, with the data in it.
    public func script(output: String) -> String {
        let layout = FilmstripLayout(self, region: shownRegion)
        var script = GnuplotScript(output: output, width: layout.width, height: layout.height)
        for (index, frame) in rows.flatMap(\.frames).enumerated() {
            for (cloud, points) in frame.clouds.enumerated() {
                script.addData(name(index, cloud), points.map { [$0.x, $0.y] })
            }
        }
        layout.opening.forEach { script.add($0) }
        var index = 0
        for (row, strip) in rows.enumerated() {
            for (column, frame) in strip.frames.enumerated() {
                layout.place(frame, row, column).forEach { script.add($0) }
                script.add("plot " + clouds(of: frame, index).joined(separator: ", "))
                index += 1
            }
        }
        script.add("unset multiplot")
        return script.text
    }

    private func name(_ frame: Int, _ cloud: Int) -> String { "$frame\(frame)cloud\(cloud)" }

    private func clouds(of frame: Frame, _ index: Int) -> [String] {
        let drawn = frame.clouds.indices.filter { !frame.clouds[$0].isEmpty }
        // Without a plot command there would be no frame either.
        guard !drawn.isEmpty else { return ["NaN notitle"] }
        return drawn.map { "\(name(index, $0)) using 1:2 with points \(Self.style($0)) notitle" }
    }

    /// The data in orange, and generated points in blue: smaller, so that the data is seen under them.
    static func style(_ cloud: Int, scale: Double = 1) -> String {
        let colours = ["#E69F00", "#0072B2"] + Palette.series.dropFirst()
        let size = (cloud == 0 ? 0.55 : 0.35) * scale
        return "pt 7 ps \(size) lc rgb \"\(colours[cloud % colours.count])\""
    }

    /// Points farther out have diverged, and would make the region infinite.
    private let limit = 1e100

    private var finitePoints: [Point] {
        rows.flatMap(\.frames).flatMap(\.clouds).joined().filter { abs($0.x) < limit && abs($0.y) < limit }
    }

    /// The given region, or that of all points and a margin; made wider or higher until frames are not too narrow.
    private var shownRegion: (x: ClosedRange<Double>, y: ClosedRange<Double>) {
        let points = finitePoints
        var (x, y) = region ?? (points.map(\.x).bounds ?? -1...1, points.map(\.y).bounds ?? -1...1)
        let side = x.length + y.length > 0 ? max(x.length, y.length) : 1
        let margin = region == nil ? 0.05 * side : 0
        x = x.widened(by: max(margin, (side / 2 - x.length) / 2))
        y = y.widened(by: max(margin, (side / 2 - y.length) / 2))
        return (x, y)
    }
}

extension ClosedRange<Double> {
    var length: Double { upperBound - lowerBound }

    fileprivate func widened(by margin: Double) -> Self { lowerBound - margin...upperBound + margin }
}
