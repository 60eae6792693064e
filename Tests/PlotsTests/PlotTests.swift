import Foundation
import Plots
import Testing

/// Curves like those of a training run, made without randomness.
func samplePlot(count: Int = 3, title: String = "Field strength") -> LinePlot {
    let steps = (1...200).map { Double($0 * 5) }
    let series = (0..<count).map { index in
        let values = steps.map { (0.5 * exp(-$0 / 300) + 0.02) * pow(0.6, Double(index)) * (1 + 0.05 * sin($0)) }
        let band = index == 0 ? values.map { $0 * 0.8...$0 * 1.2 } : []
        return LinePlot.Series("temperature \(0.02 * Double(index + 1))", x: steps, y: values, band: band)
    }
    return LinePlot(title, x: Axis("step"), y: Axis("field strength", unit: "a.u.", scale: .logarithmic), series)
}

func sampleStrip() -> Filmstrip {
    let data = (0..<400).map {
        Filmstrip.Point(cos(Double($0) * 2.4) + ($0.isMultiple(of: 2) ? -3 : 3), sin(Double($0)))
    }
    let rows = ["between", "far away", "collapsed"].map { start in
        Filmstrip.Row(
            [0, 10, 50, 200].map { step in
                let share = Double(step) / 200
                let points = data.enumerated().map { index, point in
                    let start = Filmstrip.Point(0.3 * cos(Double(index)), 0.3 * sin(Double(index) * 1.7))
                    return start + (point - start) * share
                }
                return Filmstrip.Frame("step \(step)", clouds: [data, points])
            }, label: start)
    }
    return Filmstrip("Two modes, three starts", legend: ["data", "generated"], rows)
}

@Suite("Drawing with gnuplot", .enabled(if: Gnuplot.inSearchPath.executable != nil, "gnuplot is not installed"))
struct DrawingTests {
    @Test("a line plot becomes a PNG file of its size, and nothing else is left")
    func linePlot() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "field strength's.png")
            try samplePlot().write(to: file)
            let image = try #require(PNG(file))
            #expect(image.width == 900 && image.height == 560)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [file.lastPathComponent])
        }
    }

    @Test("a filmstrip is as wide as its frames and as high as its rows")
    func filmstrip() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "strip.png")
            try sampleStrip().write(to: file)
            let whole = try #require(PNG(file))
            var single = sampleStrip()
            single.rows = [single.rows[0]]
            try single.write(to: file)
            let row = try #require(PNG(file))
            #expect(whole.width == row.width && whole.width > 4 * 220)
            #expect(whole.height > 2 * row.height)
        }
    }

    @Test(
        "every kind of data can be drawn: constant, single, gaps, tiny, huge, many series",
        arguments: [Axis.Scale.linear, .logarithmic])
    func awkwardData(scale: Axis.Scale) throws {
        let cases: [[Double]] = [
            [1], [1, 1, 1], [1, .nan, 2, .infinity, 3], [0, 1, -1], [1e-300, 1e-299], [1e300, 2e300], [3e-7, 4e-7],
            [0.5, 0.7], [1, 1e6],
        ]
        try withTemporaryFolder { folder in
            for (index, values) in cases.enumerated() {
                let x = values.indices.map(Double.init)
                let series = LinePlot.Series("values", x: x, y: values)
                let plot = LinePlot("case \(index)", x: Axis("x"), y: Axis("y", scale: scale), [series])
                let file = folder.appending(path: "\(index).png")
                #expect(throws: Never.self) { try plot.write(to: file) }
                #expect(PNG(file) != nil)
            }
            let file = folder.appending(path: "many.png")
            try samplePlot(count: 12).write(to: file)
            #expect(PNG(file) != nil)
        }
    }

    @Test(
        "every cloud can be drawn: one point, a line, far apart, diverged, none",
        arguments: [
            [Filmstrip.Point(5, 5)], [.init(0, 0), .init(1, 0)], [.init(0, 0), .init(0, 1)],
            [.init(-1e9, 0), .init(1e9, 1)],
            [.init(.nan, 0), .init(1, 1)], [.init(.greatestFiniteMagnitude, 0), .init(1, 1), .init(2, 3)],
        ])
    func awkwardClouds(points: [Filmstrip.Point]) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "cloud.png")
            let frames = [Filmstrip.Frame("0", clouds: [points, []]), Filmstrip.Frame("1", clouds: [[], []])]
            try Filmstrip("cloud", legend: ["data", "generated"], [.init(frames)]).write(to: file)
            let image = try #require(PNG(file))
            #expect(image.height > 180 && image.height < 600)
        }
    }

    @Test(
        "texts are drawn as they are: none runs a command or breaks the script",
        arguments: [
            "`touch broken`", "'; system('touch broken'); '", "\"; system(\"touch broken\")",
            "'.system('touch broken').'",
            "a\nsystem('touch broken')\n", "@broken", "\\", "'", "''", "%s %d $x ${HOME} $(touch broken)",
            "EOD\n!touch broken",
            "{/Symbol a}_b^c", "日本 é", "", "\u{2028}!touch broken", "\r!touch broken",
        ])
    func hostileTexts(text: String) throws {
        try withTemporaryFolder { folder in
            var plot = samplePlot(title: text)
            plot.x = Axis(text, unit: text)
            plot.series[0].label = text
            let file = folder.appending(path: "plot.png")
            try plot.write(to: file)
            #expect(PNG(file) != nil)
            var strip = sampleStrip()
            strip.title = text
            strip.legend = [text, text]
            strip.rows[0].label = text
            strip.rows[0].frames[0].caption = text
            try strip.write(to: file)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["plot.png"])
        }
    }

    @Test("the kept script draws the same picture later")
    func keptScript() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "later.png")
            let error = #expect(throws: PlotError.self) {
                try samplePlot().write(to: file, with: Gnuplot(executable: nil))
            }
            guard case .gnuplotMissing(let script) = error else {
                Issue.record("unexpected: \(error as Any)")
                return
            }
            #expect(script.lastPathComponent == "later.gnuplot")
            let process = Process()
            process.executableURL = Gnuplot.inSearchPath.executable
            process.arguments = ["later.gnuplot"]
            process.currentDirectoryURL = folder
            try process.run()
            process.waitUntilExit()
            #expect(PNG(file)?.width == 900)
        }
    }
}

@Suite("Plots that cannot be drawn")
struct FailureTests {
    @Test("without gnuplot the error is one line that says how to draw later, and the data is kept")
    func missing() throws {
        try withTemporaryFolder { folder in
            #expect(Gnuplot(searchPath: "/nowhere:\(folder.path)").executable == nil)
            let file = folder.appending(path: "field.png")
            let error = #expect(throws: PlotError.self) {
                try samplePlot().write(to: file, with: Gnuplot(searchPath: folder.path))
            }
            let message = try #require(error?.description)
            #expect(message.hasPrefix("gnuplot was not found in PATH"))
            #expect(message.hasSuffix("gnuplot field.gnuplot") && !message.contains("\n"))
            let kept = try String(contentsOf: folder.appending(path: "field.gnuplot"), encoding: .utf8)
            #expect(kept.contains("set output \"field.png\""))
            #expect(kept.contains("$data0 << EOD\n5.0 "))
        }
    }

    @Test("when gnuplot fails, its message is passed on and the old picture stays")
    func failing() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "field.png")
            try "old".write(to: file, atomically: true, encoding: .utf8)
            let broken = folder.appending(path: "broken")
            try "#!/bin/sh\necho 'line 3: no such terminal' >&2\nexit 1\n".write(
                to: broken, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: broken.path)
            let error = #expect(throws: PlotError.self) {
                try samplePlot().write(to: file, with: Gnuplot(executable: broken))
            }
            #expect(error?.description.hasPrefix("gnuplot failed: line 3: no such terminal") == true)
            #expect(try String(contentsOf: file, encoding: .utf8) == "old")
            #expect(
                try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == [
                    "field.png", "field.gnuplot", "broken",
                ])
        }
    }

    @Test("a plot without values says so before gnuplot does")
    func nothing() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "never.png")
        let empty = LinePlot("loss", x: Axis("step"), y: Axis("loss"), [.init("a", x: [1], y: [.nan])])
        let first = #expect(throws: PlotError.self) { try empty.write(to: file) }
        #expect(first?.description == "nothing to draw: 'loss' has no finite values")
        let negative = LinePlot(
            "loss", x: Axis("step"), y: Axis("loss", scale: .logarithmic), [.init("a", x: [1], y: [-1])])
        let second = #expect(throws: PlotError.self) { try negative.write(to: file) }
        #expect(second?.description == "nothing to draw: 'loss' has no finite, positive values")
        let strip = Filmstrip("toy", legend: ["data"], [.init([.init("0", clouds: [[]])])])
        #expect(throws: PlotError.self) { try strip.write(to: file) }
    }

    @Test("a program that hangs is ended after its time, and not asked again")
    func hanging() throws {
        try withTemporaryFolder { folder in
            let slow = folder.appending(path: "slow")
            try "#!/bin/sh\nexec sleep 60\n".write(to: slow, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: slow.path)
            var gnuplot = Gnuplot(executable: slow)
            gnuplot.timeLimit = 0.5
            let start = Date()
            for name in ["a", "b", "c"] {
                let error = #expect(throws: PlotError.self) {
                    try samplePlot().write(to: folder.appending(path: "\(name).png"), with: gnuplot)
                }
                #expect(error?.description.contains("did not end within 1 s") == true)
            }
            #expect(-start.timeIntervalSinceNow < 10)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                    "a.gnuplot", "b.gnuplot", "c.gnuplot", "slow",
                ])
        }
    }

    @Test("a script that stays beside a picture is that of the picture: an older one goes")
    func oldScript() throws {
        try withTemporaryFolder { folder in
            let script = folder.appending(path: "field.gnuplot")
            try "old".write(to: script, atomically: true, encoding: .utf8)
            let quiet = folder.appending(path: "quiet")
            // Stands for gnuplot: makes the file that the script's output names.
            try "#!/bin/sh\nsed -n 's/^set output \"\\(.*\\)\"/\\1/p' \"$1\" | xargs touch\n".write(
                to: quiet, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: quiet.path)
            try samplePlot().write(to: folder.appending(path: "field.png"), with: Gnuplot(executable: quiet))
            #expect(
                try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["field.png", "quiet"])
        }
    }

    @Test("a folder that does not exist is named")
    func noFolder() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString)/a.png")
        let error = #expect(throws: PlotError.self) { try samplePlot().write(to: file) }
        #expect(error?.description.hasPrefix("cannot write \(file.deletingPathExtension().path)") == true)
    }
}
