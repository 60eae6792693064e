internal import AtomicFiles
internal import Foundation
internal import Pushforward
internal import Synchronization

/// Files and folders that arguments name, whose paths are bytes.
///
/// Foundation knows paths in UTF-8 only. A path that is none is shown with `\xE9` for its bytes, and reached in one of two ways:
/// readers take such texts for the bytes; and a folder that is written into is opened, so that `/proc/PID/fd/N`, which is UTF-8,
/// leads to it.
enum Place {
    private struct State {
        /// Texts that stand for bytes of an argument, or of a part of one.
        var bytes: [String: [UInt8]] = [:]
        /// Texts for people, by the paths that lead there.
        var shown: [String: String] = [:]
        /// Folders that were made for what is written into them.
        var made: [[UInt8]] = []
    }

    private static let state = Mutex(State())

    /// The text for an argument that is no UTF-8.
    static func text(ofArgument bytes: [UInt8]) -> String {
        // The path may stand behind the name of an option, or that of a kind, as in run:FOLDER.
        for mark in ["=", ":"] {
            guard let place = bytes.firstIndex(of: mark.utf8.first ?? 0) else { continue }
            let rest = Array(bytes[(place + 1)...])
            remember(PathBytes(rest).description, rest)
        }
        let text = PathBytes(bytes).description
        remember(text, bytes)
        return text
    }

    /// A file that is read.
    static func input(_ text: String) -> URL { URL(filePath: PathBytes.reachable(text)) }

    /// The kind of what a text names; nil if there is nothing.
    static func kind(_ text: String) -> FileKind? { FileKind(at: PathBytes(existing: PathBytes.reachable(text))) }

    /// A folder, whose files may be read and written.
    ///
    /// - Parameters:
    ///   - text: The path.
    ///   - isMade: True to make it if it is not there.
    static func folder(_ text: String, making isMade: Bool = false) throws -> URL {
        let path = PathBytes(foreign(text) ?? Array(text.utf8))
        let missing = FileKind(at: path) == nil ? FileKind.missing(at: path, "folder") : ""
        guard !missing.hasPrefix("it is") else {
            throw RequestError("\(text): \(missing). Make that folder, or remove the link.")
        }
        guard let bytes = foreign(text) else { return URL(filePath: text) }
        return try opened(bytes, text, making: isMade) ?? URL(filePath: PathBytes.reachable(text))
    }

    /// A file or folder that is written, whose folder must exist.
    static func output(_ text: String) throws -> URL {
        guard var bytes = foreign(text) else { return URL(filePath: text) }
        while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        let start = bytes.lastIndex(of: slash).map { $0 + 1 } ?? 0
        let (parent, name) = (Array(bytes[..<start]), Array(bytes[start...]))
        let folder = parent.isEmpty ? Array(".".utf8) : parent
        guard let url = try opened(folder, PathBytes(folder).description, making: false) else {
            return URL(filePath: PathBytes.reachable(text))
        }
        let path = "\(url.path)/\(PathBytes(name))"
        SystemPath.remember(path, as: Array(url.path.utf8) + [slash] + name)
        state.withLock { $0.shown[path] = text }
        return URL(filePath: path)
    }

    /// A text with the names that the user knows in place of paths that lead there.
    static func shown(_ text: String) -> String {
        let known = state.withLock { $0.shown }
        guard !known.isEmpty, text.contains("/proc/") else { return text }
        // Files before the folders that they lie in.
        return known.sorted { $0.key.count > $1.key.count }.reduce(text) { $0.replacing($1.key, with: $1.value) }
    }

    /// Removes the folders that were made and nothing was written into, as a refusal should leave nothing behind.
    static func removeUnused() {
        for folder in state.withLock({ $0.made }).reversed() { rmdir(SystemPath.terminated(folder)) }
    }

    private static let slash = UInt8(ascii: "/")

    private static func remember(_ text: String, _ bytes: [UInt8]) {
        state.withLock { $0.bytes[text] = bytes }
    }

    /// The bytes of a path that Foundation cannot reach by its text; nil for all others.
    private static func foreign(_ text: String) -> [UInt8]? {
        if let bytes = state.withLock({ $0.bytes[text] }) { return bytes }
        if text.contains("\\x"), FileKind(at: PathBytes(text)) == nil {
            let bytes = SystemPath.existing(text)
            if bytes != Array(text.utf8) { return bytes }
        }
        let isRelative = !text.hasPrefix("/") && text != "-"
        return isRelative && String(validating: SystemPath.workingFolder, as: UTF8.self) == nil
            ? Array(text.utf8) : nil
    }

    /// An open folder, by the path that leads to it; nil if it is not there.
    private static func opened(_ bytes: [UInt8], _ text: String, making isMade: Bool) throws -> URL? {
        #if os(Linux)
            if isMade { try make(bytes, text) }
            let folder = open(SystemPath.terminated(bytes), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { return nil }
            // It stays open as long as the process runs.
            let path = "/proc/\(getpid())/fd/\(folder)"
            state.withLock { $0.shown[path] = text }
            return URL(filePath: path)
        #else
            throw RequestError("\(text): the name is not UTF-8, as file systems here want it.")
        #endif
    }

    private static func make(_ bytes: [UInt8], _ text: String) throws {
        for end in bytes.indices where bytes[end] == slash && end > 0 { try makeOne(Array(bytes[..<end]), text) }
        try makeOne(bytes, text)
    }

    private static func makeOne(_ bytes: [UInt8], _ text: String) throws {
        if mkdir(SystemPath.terminated(bytes), 0o777) == 0 {
            state.withLock { $0.made.append(bytes) }
        } else if errno != EEXIST {
            throw RequestError("\(text): the folder cannot be made: \(String(cString: strerror(errno))).")
        }
    }
}
