public import Foundation

/// Reason for which a plot was not drawn.
public enum PlotError: Error, CustomStringConvertible {
    /// There is no gnuplot; the script with all data is kept.
    case gnuplotMissing(script: URL)
    /// Gnuplot ran and failed; the script with all data is kept.
    case gnuplotFailed(message: String, script: URL)
    /// Nothing in the data can be drawn.
    case nothingToDraw(String)
    /// A file could not be written.
    case cannotWrite(URL, reason: String)

    /// The reason without the names of files: several plots fail for one cause.
    public var cause: String {
        switch self {
        case .gnuplotMissing: "gnuplot is missing"
        case .gnuplotFailed(let message, _): "gnuplot failed: \(message)"
        case .nothingToDraw(let reason): "nothing to draw: \(reason)"
        case .cannotWrite(_, let reason): "cannot write: \(reason)"
        }
    }

    /// The mistake and the way to go on, on one line.
    public var description: String {
        switch self {
        case .gnuplotMissing(let script):
            "gnuplot was not found in PATH, so nothing was drawn; install it (apt install gnuplot-nox, brew install "
                + "gnuplot), then run: cd \(script.deletingLastPathComponent().path) && gnuplot \(script.lastPathComponent)"
        case .gnuplotFailed(let message, let script):
            "gnuplot failed: \(message) (its script and the data are kept in \(script.path))"
        case .nothingToDraw(let reason): "nothing to draw: \(reason)"
        case .cannotWrite(let file, let reason): "cannot write \(file.path): \(reason)"
        }
    }
}
