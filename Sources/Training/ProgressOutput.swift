import Foundation

/// Destination of a progress line.
public struct ProgressOutput {
    /// The number of columns of the terminal, asked for each line since windows change; nil when there is no terminal.
    public let width: () -> Int?
    /// Writes text at once.
    public let write: (String) -> Void

    /// A custom output.
    public init(width: @escaping () -> Int?, write: @escaping (String) -> Void) {
        self.width = width
        self.write = write
    }

    /// The standard error, which keeps the standard output free for results.
    public static var standardError: ProgressOutput {
        ProgressOutput(width: { terminalWidth(STDERR_FILENO) }) { text in
            FileHandle.standardError.write(Data(text.utf8))
        }
    }

    /// Seconds since the machine started.
    public static func uptime() -> Double { ProcessInfo.processInfo.systemUptime }

    private static func terminalWidth(_ descriptor: Int32) -> Int? {
        let kind = ProcessInfo.processInfo.environment["TERM"]
        guard isatty(descriptor) == 1, kind != nil, kind != "dumb" else { return nil }
        var size = winsize()
        // A terminal that does not know its width (a serial line) says 0.
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
