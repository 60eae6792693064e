/// Places of the frames of a strip, in pixels from the top left corner.
struct FilmstripLayout {
    let width: Int
    let height: Int
    private let strip: Filmstrip
    private let region: (x: ClosedRange<Double>, y: ClosedRange<Double>)
    private let frameHeight: Int
    private let gap = 12
    private let captionHeight = 24
    private let margin: (left: Int, right: Int, top: Int, bottom: Int)

    init(_ strip: Filmstrip, region: (x: ClosedRange<Double>, y: ClosedRange<Double>)) {
        self.strip = strip
        self.region = region
        frameHeight = Int(Double(strip.frameWidth) * region.y.length / region.x.length)
        let hasLabels = strip.rows.contains { !$0.label.isEmpty }
        margin = (left: hasLabels ? 44 : 16, right: 16, top: 70, bottom: 16)
        let columns = strip.rows.map(\.frames.count).max() ?? 0
        // The title needs some width even over a single frame.
        width = max(margin.left + columns * (strip.frameWidth + gap) - gap + margin.right, 420)
        height = margin.top + strip.rows.count * (captionHeight + frameHeight + gap) - gap + margin.bottom
    }

    /// The title, the legend and the look of all frames.
    var opening: [String] {
        let title = "set label 1 \(strip.title.quoted) at \(place(margin.left, 24)) left noenhanced font \",14\""
        return ["set multiplot", title] + legend + [
            "unset key", "unset tics", "set border 15 lc rgb \"\(Palette.axis)\" lw 1",
            "set xrange [\(region.x.lowerBound.inGnuplot):\(region.x.upperBound.inGnuplot)]",
            "set yrange [\(region.y.lowerBound.inGnuplot):\(region.y.upperBound.inGnuplot)]",
        ]
    }

    /// The place, caption and row label of a frame.
    func place(_ frame: Filmstrip.Frame, _ row: Int, _ column: Int) -> [String] {
        let left = margin.left + column * (strip.frameWidth + gap)
        let top = margin.top + row * (captionHeight + frameHeight + gap) + captionHeight
        var commands = [
            "set lmargin at screen \(across(left))", "set rmargin at screen \(across(left + strip.frameWidth))",
            "set tmargin at screen \(up(top))", "set bmargin at screen \(up(top + frameHeight))",
            // Title and legend are drawn once, with the first frame.
            row + column > 0 ? "unset label" : "",
            label(1001, frame.caption, at: place(left + strip.frameWidth / 2, top - 12), "center font \",11\""),
        ]
        if column == 0 {
            let place = place(margin.left / 2, top + frameHeight / 2)
            commands.append(label(1002, strip.rows[row].label, at: place, "center rotate by 90"))
        }
        return commands.filter { !$0.isEmpty }
    }

    /// A dot and a name for each cloud, in a row under the title.
    private var legend: [String] {
        var left = margin.left + 6
        return strip.legend.enumerated().map { index, name in
            defer { left += 40 + 9 * name.count }
            let dot = "point \(Filmstrip.style(index, scale: 2)) offset 1,0"
            return label(2 + index, name, at: place(left, 50), "left \(dot)")
        }
    }

    private func label(_ tag: Int, _ text: String, at place: String, _ options: String) -> String {
        "set label \(tag) \(text.quoted) at \(place) \(options) noenhanced textcolor rgb \"\(Palette.text)\""
    }

    private func place(_ x: Int, _ y: Int) -> String { "screen \(across(x)), screen \(up(y))" }

    private func across(_ x: Int) -> Double { Double(x) / Double(width) }

    /// Gnuplot counts upwards.
    private func up(_ y: Int) -> Double { 1 - Double(y) / Double(height) }
}
