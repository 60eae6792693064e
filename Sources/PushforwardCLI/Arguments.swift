internal import Foundation
internal import Pushforward

/// The arguments of this process as their bytes say.
///
/// `CommandLine.arguments` replaces bytes that are no UTF-8, which names another file; here `\xE9` stands for them, and
/// ``Place`` finds the bytes again. Foundation takes a leading `~` for the home folder, which the shell has replaced before if
/// the user meant that.
enum Arguments {
    /// The arguments after the program's name.
    static func ofProcess() -> [String] {
        let raw = (1..<max(1, Int(CommandLine.argc))).map { index -> String in
            guard let start = CommandLine.unsafeArgv[index] else { return "" }
            if let text = String(validatingCString: start) { return literal(text) }
            let bytes = UnsafeBufferPointer(start: start, count: strlen(start)).map { UInt8(bitPattern: $0) }
            return literal(Place.text(ofArgument: bytes))
        }
        return joiningNegativeNumbers(raw)
    }

    /// An argument whose path, if it is one, begins with no `~`.
    static func literal(_ argument: String) -> String {
        if argument.hasPrefix("~") { return "./" + argument }
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "="),
            argument[argument.index(after: equals)...].hasPrefix("~")
        else { return argument }
        return argument[...equals] + "./" + argument[argument.index(after: equals)...]
    }

    /// The arguments with `--seed -1` as `--seed=-1`: no option here is called by a digit, and a number that is refused should
    /// be called that, not a value that is missing.
    static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
        arguments.reduce(into: []) { joined, argument in
            guard let option = joined.last, option.hasPrefix("--"), option.count > 2, !option.contains("="),
                argument.hasPrefix("-"), let digit = argument.dropFirst().first, digit.isNumber || digit == ".",
                Double(argument) != nil
            else { return joined.append(argument) }
            joined[joined.count - 1] = "\(option)=\(argument)"
        }
    }
}
