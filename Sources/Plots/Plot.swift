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
        let aside = png.deletingLastPathComponent().appending(path: ".\(png.lastPathComponent).\(getpid())")
        try script(output: aside.lastPathComponent).write(kept: scriptFile)
        do throws(PlotError) {
            try gnuplot.draw(scriptFile)
            try aside.replace(png)
            try? FileManager.default.removeItem(at: scriptFile)
        } catch {
            try? FileManager.default.removeItem(at: aside)
            try script(output: png.lastPathComponent).write(kept: scriptFile)
            throw error
        }
    }
}

extension String {
    fileprivate func write(kept file: URL) throws(PlotError) {
        do {
            try write(to: file, atomically: true, encoding: .utf8)
        } catch {
            throw .cannotWrite(file, reason: error.localizedDescription)
        }
    }
}

extension URL {
    /// Renames this file to another name, in place of a file that is there.
    fileprivate func replace(_ target: URL) throws(PlotError) {
        guard rename(path, target.path) == 0 else {
            throw .cannotWrite(target, reason: String(cString: strerror(errno)))
        }
    }
}
