internal import Foundation
internal import Pushforward

/// The arguments of this process as their bytes say.
///
/// `CommandLine.arguments` replaces bytes that are no UTF-8, which names another file; and Foundation takes a leading `~` for
/// the home folder, which the shell has replaced before if the user meant that.
enum Arguments {
    /// The arguments after the program's name.
    ///
    /// - Throws: ``RequestError`` for names that are no UTF-8.
    static func ofProcess() throws -> [String] {
        let raw = (1..<max(1, Int(CommandLine.argc))).map {
            CommandLine.unsafeArgv[$0].map { String(validatingCString: $0) }
        }
        return try raw.enumerated().map { index, argument in
            guard let text = argument ?? "" else {
                throw RequestError(
                    """
                    The argument \(escaped(index + 1)) is not UTF-8, and names of runs and files must be. Rename the file or \
                    folder, for instance with convmv -f latin1 -t utf8, or give another name.
                    """)
            }
            return literal(text)
        }
    }

    /// An argument whose path, if it is one, begins with no `~`.
    static func literal(_ argument: String) -> String {
        if argument.hasPrefix("~") { return "./" + argument }
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "="),
            argument[argument.index(after: equals)...].hasPrefix("~")
        else { return argument }
        return argument[...equals] + "./" + argument[argument.index(after: equals)...]
    }

    private static func escaped(_ index: Int) -> String {
        guard let argument = CommandLine.unsafeArgv[index] else { return "" }
        let bytes = UnsafeBufferPointer(start: argument, count: strlen(argument)).map { UInt8(bitPattern: $0) }
        let letters = bytes.map { byte in
            (0x20..<0x7F).contains(byte)
                ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
        }
        return "'" + letters.joined() + "'"
    }
}
