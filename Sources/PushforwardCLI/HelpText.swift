internal import Foundation

/// Help as the argument parser writes it without a limit of columns, broken into lines for a terminal.
///
/// The parser breaks all lines alike, examples too, which could not be pasted then. Here lines of examples stay whole.
struct HelpText {
    /// Columns at which the parser breaks nothing.
    static let unlimited = 1_000_000

    private let lines: [String]

    /// Help for any command, which ends with the exit codes, or another text.
    init(_ text: String) {
        let body = text.trimmingCharacters(in: .newlines)
        let text = body.hasPrefix("OVERVIEW:") ? body + "\n\n" + Self.exitCodes : body
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static let exitCodes = """
        EXIT CODES:
          0                       Success.
          1                       Failure: a line on standard error starts with "Error:".
          64                      Wrong arguments, whatever files, runs and data there are.
          70                      A fault of the program itself.
          129, 130, 143           Stopped by HUP, INT (Ctrl-C) or TERM; training saves first.
        """

    /// The columns of the terminal: those of the variable COLUMNS, else of the window, else 80.
    static var terminalColumns: Int {
        if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 {
            return max(columns, 30)
        }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? max(Int(size.ws_col), 30) : 80
    }

    /// The text in lines of at most so many letters, but for examples and words that are longer.
    func text(columns: Int) -> String {
        var result: [String] = []
        var part = Part.prose
        var paragraph: [String] = []
        func closeParagraph() {
            if !paragraph.isEmpty { result += Self.fill(paragraph.joined(separator: " "), columns) }
            paragraph = []
        }
        for line in lines {
            part = Part(after: part, line)
            if part == .prose, !line.isEmpty, line.first != " " {
                paragraph.append(line)
                continue
            }
            closeParagraph()
            result += part == .options ? Self.option(line, columns) : [line]
        }
        closeParagraph()
        return result.joined(separator: "\n")
    }

    /// A part of the text.
    private enum Part {
        /// Paragraphs, which are filled.
        case prose
        /// Examples, which stay as they are.
        case examples
        /// From the synopsis on: names in the first columns, their meaning from the 27th on.
        case options

        init(after part: Part, _ line: String) {
            let isHeading =
                line.hasPrefix("USAGE:") || line.hasPrefix("OPTIONS:") || line.hasPrefix("ARGUMENTS:")
                || line.hasPrefix("EXIT CODES:")
            if part == .options || isHeading {
                self = .options
            } else if line.hasPrefix("Examples:") {
                self = .examples
            } else {
                self = part == .examples && !line.isEmpty ? .examples : .prose
            }
        }
    }

    /// Column at which the parser puts meanings.
    private static let meaningColumn = 26

    private static func option(_ line: String, _ columns: Int) -> [String] {
        guard line.count > columns else { return [line] }
        let letters = Array(line)
        let indent = line.prefix { $0 == " " }.count
        // Where half of a narrow window would stay empty, meanings go below the names.
        let isNarrow = columns < 60
        let hasMeaning =
            letters.count > meaningColumn && letters[meaningColumn] != " " && letters[meaningColumn - 1] == " "
            && indent > 0
        guard hasMeaning else { return fill(line.trimmed, columns, first: indent, rest: indent + 4) }
        let name = String(letters[..<meaningColumn]).trimmed
        let meaning = String(letters[meaningColumn...])
        guard !isNarrow else {
            let heading = name.isEmpty ? [] : [String(repeating: " ", count: indent) + name]
            return heading + fill(meaning, columns, first: 6, rest: 6)
        }
        var lines = fill(meaning, columns, first: meaningColumn, rest: meaningColumn)
        lines[0] = String(letters[..<meaningColumn]) + lines[0].dropFirst(meaningColumn)
        return lines
    }

    /// Words in lines that begin with so many spaces.
    private static func fill(_ text: String, _ columns: Int, first: Int = 0, rest: Int = 0) -> [String] {
        var lines: [String] = []
        var line = String(repeating: " ", count: first)
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > columns {
                lines.append(line)
                (line, isEmpty) = (String(repeating: " ", count: rest), true)
            }
            line += isEmpty ? String(word) : " \(word)"
            isEmpty = false
        }
        return lines + [line]
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
