import FileFormats
public import Foundation

/// The values of every step of a run, as lines of JSON that are only ever appended.
///
/// ```json
/// {"step":120,"seconds":118.5,"loss":0.0231,"tau 0.02":1.31}
/// ```
///
/// A resumed run drops the lines after the step that it goes on from, so that in the end, but for the seconds, the log
/// is that of an uninterrupted run.
public final class MetricsLog {
    /// The last record that is in the log, with whose `seconds` a resumed run goes on.
    public private(set) var last: MetricsRecord?
    private let file: FileDescriptor
    private var size: Int

    /// Opens a log to append to, or makes one.
    ///
    /// - Parameters:
    ///   - url: the file; its folder exists.
    ///   - step: last step that is kept: records of later ones are removed, and so is a line that was cut short when the
    ///     process was killed.
    public init(_ url: URL, keepingUpTo step: Int) throws {
        let file = try FileDescriptor(opening: url.path, O_RDWR | O_CREAT | O_APPEND)
        let kept = try MetricsText(readBytes(of: url)).kept(upTo: step)
        try file.truncate(to: kept.size)
        try file.synchronize()
        self.file = file
        size = kept.size
        last = kept.last
    }

    /// Appends a record; it survives the end of the process at once, and that of the machine after ``synchronize()``.
    ///
    /// - Throws: `FileError`, when the disk is full; the log is then as it was before.
    public func append(_ record: MetricsRecord) throws {
        precondition(record.step >= last?.step ?? 0, "step \(record.step) after step \(last?.step ?? 0)")
        let line = Array((record.line + "\n").utf8)
        do {
            try line.withUnsafeBytes { try file.write($0) }
        } catch {
            try? file.truncate(to: size)
            throw error
        }
        size += line.count
        last = record
    }

    /// A remark on records that are missing before a step that a run goes on from; nil if all are there.
    ///
    /// - Parameters:
    ///   - step: Step of the checkpoint.
    ///   - period: Steps between records.
    func gap(before step: Int, period: Int) -> String? {
        let end = last?.step ?? 0
        guard step - end >= period else { return nil }
        return "metrics.jsonl ends at step \(end), and the run goes on from step \(step): curves have a gap there."
    }

    /// Waits until all records are on the disk, as a checkpoint of their step wants.
    public func synchronize() throws {
        try file.synchronize()
    }

    /// All records of a log, which may belong to a run that goes on; a line that is being written is left out.
    ///
    /// - Throws: `FileError` when the file cannot be read or a line in it is damaged.
    public static func records(in url: URL) throws -> [MetricsRecord] {
        var records: [MetricsRecord] = []
        for (index, line) in try MetricsText(readBytes(of: url)).lines.enumerated() {
            guard let record = MetricsRecord(line: line) else {
                throw FileError(
                    .corrupt, url.path, "line \(index + 1) is not a record of metrics", remedy: "Remove that line.")
            }
            records.append(record)
        }
        return records
    }
}

/// The content of a log.
private struct MetricsText {
    private let bytes: [UInt8]
    private static let lineFeed = UInt8(ascii: "\n")

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The complete lines, without line feeds.
    var lines: [ArraySlice<UInt8>] {
        let end = bytes.lastIndex(of: Self.lineFeed) ?? bytes.startIndex
        return bytes[..<end].split(separator: Self.lineFeed)
    }

    /// Number of bytes to keep, and the last record in them; looks from the end, as steps never decrease.
    func kept(upTo step: Int) -> (size: Int, last: MetricsRecord?) {
        var rest = bytes[...]
        while let end = rest.lastIndex(of: Self.lineFeed) {
            let start = rest[..<end].lastIndex(of: Self.lineFeed).map { $0 + 1 } ?? rest.startIndex
            // A power failure can leave a damaged line at the end; only those after a checkpoint can be.
            if let record = MetricsRecord(line: rest[start..<end]), record.step <= step { return (end + 1, record) }
            rest = rest[..<start]
        }
        return (0, nil)
    }
}
