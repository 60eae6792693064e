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
    ///
    /// Text that cannot be written, as a disk is full or a terminal is gone, is dropped: work must not end for want of a
    /// reader.
    public static var standardError: ProgressOutput {
        ProgressOutput(width: { terminalWidth(STDERR_FILENO) }, write: writeIfPossible)
    }

    private static func writeIfPossible(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // A pipe that somebody has made non-blocking, and that is full: its reader gets a second.
                var state = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                guard poll(&state, 1, 1000) > 0 else { return }
            } else if errno != EINTR {
                return
            }
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
