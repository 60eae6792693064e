internal import AtomicFiles
public import Foundation

/// A picture that gnuplot draws.
///
/// ```swift
/// let plot = LinePlot(
///     "Drifting on Fashion-MNIST", x: Axis("step"), y: Axis("field strength", scale: .logarithmic),
///     [.init("temperature 0.02", x: steps, y: strengths)])
/// try plot.write(to: run.plots.appending(path: "field.png"))
/// ```
public protocol Plot {
    /// Reports parts that cannot be drawn, before gnuplot does in its own words.
    ///
    /// - Throws: ``PlotError/nothingToDraw(_:)``.
    func check() throws(PlotError)

    /// The complete gnuplot script, with the data in it, that draws into a PNG file.
    ///
    /// - Parameter output: the path of the PNG file, relative to where gnuplot runs.
    func script(output: String) -> String
}

extension Plot {
    /// Draws the plot into a PNG file, which appears complete or not at all.
    ///
    /// When gnuplot is missing or fails, the script with all data lies beside the picture that it would have drawn
    /// (`field.gnuplot` for `field.png`), and `gnuplot field.gnuplot` draws it later.
    ///
    /// - Parameters:
    ///   - png: Path of the picture; its folder exists.
    ///   - gnuplot: the program to draw with.
    public func write(to png: URL, with gnuplot: Gnuplot = .inSearchPath) throws(PlotError) {
        try check()
        let scriptFile = png.deletingPathExtension().appendingPathExtension("gnuplot")
        // A script of an earlier failure would not be that of the picture any more.
        unlink(scriptFile.path)
        do {
            try ReplacingFile.write(to: png.path) { (aside: String) in
                let folder = URL(fileURLWithPath: aside).deletingLastPathComponent().path
                let scriptAside = URL(fileURLWithPath: Leftover.path(in: folder))
                defer { unlink(scriptAside.path) }
                let output = URL(fileURLWithPath: aside).lastPathComponent
                try script(output: output).write(kept: scriptAside)
                try gnuplot.draw(scriptAside, keeping: scriptFile)
            }
        } catch let error as PlotError {
            try script(output: png.lastPathComponent).write(kept: scriptFile)
            throw error
        } catch let failure as WritingFailure {
            throw .cannotWrite(png, reason: failure.reason)
        } catch {
            throw .cannotWrite(png, reason: "\(error)")
        }
    }
}

extension String {
    fileprivate func write(kept file: URL) throws(PlotError) {
        do {
            let bytes = Array(utf8)
            try ReplacingFile.write(to: file.path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
        } catch let failure as WritingFailure {
            throw .cannotWrite(file, reason: failure.reason)
        } catch {
            throw .cannotWrite(file, reason: "\(error)")
        }
    }
}
