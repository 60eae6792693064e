@preconcurrency internal import Foundation

/// Standard input, output and error as a program may rely on them.
enum StandardStreams {
    /// Opens what the caller has closed, and lets output that cannot be written end the program with a message instead of quietly,
    /// or by a signal.
    ///
    /// Without this the first file that is opened would get the number of a closed stream, and messages would go into it.
    static func prepare() {
        for (number, flags) in [(STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is this one. Output that is closed is opened for reading, so that writing to it fails.
            _ = open("/dev/null", flags)
        }
        // A reader that has gone is an error of `write`, which is told, and no reason to die without a word.
        signal(SIGPIPE, SIG_IGN)
        // So is a limit on the size of files.
        signal(SIGXFSZ, SIG_IGN)
        atexit {
            let isWritten = fflush(stdout) == 0
            let reason = isWritten ? "" : ": " + String(cString: strerror(errno))
            guard !isWritten || ferror(stdout) != 0 else { return }
            // The text must not be lost between buffers any more.
            Array("Error: The standard output cannot be written\(reason).\n".utf8).withUnsafeBytes {
                _ = write(STDERR_FILENO, $0.baseAddress, $0.count)
            }
            _exit(1)
        }
    }
}
