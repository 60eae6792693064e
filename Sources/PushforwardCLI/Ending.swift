internal import ArgumentParser
internal import Foundation
internal import Torch

/// The last words of the command, and its exit code.
enum Ending {
    /// Prints help on standard output, or an error on standard error, and ends the process.
    ///
    /// Safe amid an operation of a tensor: nothing is unwound, and nothing of libtorch is called.
    static func end(with error: any Error) -> Never {
        let code = Command.exitCode(for: error)
        Place.removeUnused()
        if code == .success {
            let help = HelpText(Command.fullMessage(for: error, columns: HelpText.unlimited))
            if !say(help.text(columns: HelpText.terminalColumns), to: STDOUT_FILENO) {
                say("Error: The standard output cannot be written.", to: STDERR_FILENO)
                _exit(1)
            }
        } else {
            say(Place.shown(message(for: error)), to: STDERR_FILENO)
        }
        fflush(nil)
        // Without the exit handlers of libraries, whose threads may be at work.
        _exit(code.rawValue)
    }

    private static func message(for error: any Error) -> String {
        let message = Command.fullMessage(for: error)
        if let error = error as? TorchError, error.code == .outOfMemory, let advice = MemoryAdvice.chosen {
            // In place of the general advice of the library.
            let general = " Use a smaller batch or model, or a device with more memory."
            return "\(message.replacing(general, with: "")) \(advice)"
        }
        if message.hasPrefix("Error: Missing expected argument"),
            let mistake = CommandNames.unknownOption(in: Array(CommandLine.arguments.dropFirst()))
        {
            let rest = message.split(separator: "\n").dropFirst().filter { !$0.hasPrefix("Help:") }
            return (["Error: \(mistake)"] + rest).joined(separator: "\n")
        }
        return CommandNames.addingSuggestion(to: message)
    }

    /// Writes a line as far as that is possible.
    ///
    /// - Returns: True if all of it is written.
    @discardableResult
    private static func say(_ text: String, to file: Int32) -> Bool {
        fflush(nil)
        guard !text.isEmpty else { return true }
        var rest = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }
}
