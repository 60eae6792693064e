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
        if code == .success {
            let help = HelpText(Command.fullMessage(for: error, columns: HelpText.unlimited))
            say(help.text(columns: HelpText.terminalColumns), to: stdout)
        } else {
            say(message(for: error), to: stderr)
        }
        fflush(nil)
        // Without the exit handlers of libraries, whose threads may be at work.
        _exit(code.rawValue)
    }

    private static func message(for error: any Error) -> String {
        let message = Command.fullMessage(for: error)
        if let error = error as? TorchError, error.code == .outOfMemory, let advice = MemoryAdvice.chosen {
            return "\(message) \(advice)"
        }
        return CommandNames.addingSuggestion(to: message)
    }

    private static func say(_ text: String, to file: UnsafeMutablePointer<FILE>?) {
        guard let file, !text.isEmpty else { return }
        fputs(text.hasSuffix("\n") ? text : text + "\n", file)
    }
}
