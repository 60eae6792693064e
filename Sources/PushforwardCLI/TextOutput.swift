internal import Foundation
internal import Pushforward

/// A file that the user names for a text; `-` is the standard output.
struct TextOutput {
    private let path: String

    init(_ path: String) { self.path = path }

    /// True if the text goes to the standard output, where nothing else should stand then.
    var isStandardOutput: Bool { path == "-" }

    /// Writes the text.
    func write(_ text: String) throws {
        if isStandardOutput { return print(text, terminator: "") }
        // What was printed before comes first, also in /dev/stdout.
        fflush(nil)
        try AtomicFile.write(text, to: Place.output(path))
    }

    /// Refuses options that name one file, through links too: the last one written would be all that is left.
    static func requireDifferent(_ outputs: KeyValuePairs<String, String?>) throws {
        var seen: [String: String] = [:]
        for case (let option, let path?) in outputs where path != "-" {
            let file = Place.input(path).resolvingSymlinksInPath().standardizedFileURL.path
            if let other = seen[file], !file.hasPrefix("/dev/") {
                throw RequestError("\(option) and \(other) name the same file, \(path): give each its own.")
            }
            seen[file] = option
        }
    }

    /// Refuses files that cannot be written, before the work.
    ///
    /// - Parameter outputs: Options and their files; nil for those that were not given.
    static func check(_ outputs: KeyValuePairs<String, String?>) throws {
        try requireDifferent(outputs)
        for case (let option, let path?) in outputs where path != "-" {
            do {
                try AtomicFile.check(Place.output(path))
            } catch {
                throw RequestError("\(option): \(error)")
            }
        }
    }
}
