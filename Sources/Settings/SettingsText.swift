internal import AtomicFiles
internal import Foundation

/// Text of a settings file: from a file, a pipe, or standard input.
struct SettingsText {
    /// The name in messages.
    let source: String
    /// The text, without a byte order mark.
    let text: String

    /// Settings of runs take kilobytes; lists of images that are left out take more.
    private static let mostBytes = 8 << 20

    /// Reads the file at a path to its end; `-` is standard input.
    init(path: String) throws(SettingsError) {
        source = path == "-" ? "standard input" : path
        let bytes = try Self.bytes(path, source)
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError(
                source: source,
                problems: [.init("", "is not UTF-8 text", .none, hint: Self.encoding(of: bytes))])
        }
        text = decoded
    }

    private static func bytes(_ path: String, _ source: String) throws(SettingsError) -> [UInt8] {
        let file = path == "-" ? 0 : open(SystemPath.terminated(SystemPath.existing(path)), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(source, errno) }
        defer { if file != 0 { close(file) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(source, errno) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= mostBytes else {
                let message = "has more than \(mostBytes >> 20) MiB, which no settings need"
                throw SettingsError(source: source, problems: [.init("", message, .none)])
            }
        }
    }

    private static func failure(_ source: String, _ code: Int32) -> SettingsError {
        let reason =
            switch code {
            case ENOENT, ENOTDIR: "there is no such file"
            case EISDIR: "is a folder; name a YAML file"
            default: "cannot be read: \(String(cString: strerror(code)))"
            }
        return SettingsError(source: source, problems: [.init("", reason, .none)])
    }

    /// A guess at the encoding of text that is not UTF-8.
    private static func encoding(of bytes: [UInt8]) -> String? {
        let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]
        let isWide = marks.contains { bytes.starts(with: $0) } || bytes.prefix(100).contains(0)
        return "Save it as UTF-8" + (isWide ? "; it looks like UTF-16" : "")
    }
}
