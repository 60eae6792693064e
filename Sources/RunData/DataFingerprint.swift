internal import Datasets
internal import FileFormats
internal import Foundation
internal import Torch

/// Marks by which data are known again: a run that goes on learns from what it began with, or says so.
///
/// The place of the data is none of them: what was moved is the same.
public struct DataFingerprint: Sendable, Hashable, Codable {
    /// Number of examples.
    public var examples: Int
    /// Shape of an example as it lies in its file.
    public var shape: [Int]
    /// Names of the classes.
    public var classes: [String]
    /// CRC-32 of all labels.
    public var labels: String
    /// CRC-32 of the values of all examples; where they are too large for memory, of 64 of them.
    public var values: String
    /// CRC-32 of names and sizes of the files, where values are of some examples only.
    public var files: String?

    /// Differences from the fingerprint of former data, for people; none if the data are the same.
    public func changes(since former: DataFingerprint) -> [String] {
        var changes: [String] = []
        if examples != former.examples { changes.append("\(examples) examples, there were \(former.examples)") }
        if classes != former.classes {
            let names = [classes, former.classes].map { Self.short($0) }
            changes.append("the classes are \(names[0]), they were \(names[1])")
        }
        if shape != former.shape { changes.append("examples have the shape \(shape), it was \(former.shape)") }
        guard changes.isEmpty else { return changes }
        if labels != former.labels { changes.append("other labels") }
        if values != former.values { changes.append("the content of some examples differs") }
        if files != former.files, values == former.values { changes.append("some files have other names or sizes") }
        return changes
    }

    private static func short(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}

extension TrainingData {
    /// The marks by which these data are known again.
    ///
    /// Data in memory are looked at in full, which takes about a second per gigabyte; of others the names and sizes of all files,
    /// and 64 examples.
    ///
    /// - Throws: As ``values(at:)``.
    public func fingerprint() throws -> DataFingerprint {
        let chosen = isOnDisk ? (0..<min(64, count)).map { $0 * count / min(64, count) } : Array(0..<count)
        var values = CRC32()
        var shape: [Int] = []
        for start in stride(from: 0, to: chosen.count, by: 1024) {
            let examples = try self.values(at: Array(chosen[start..<min(start + 1024, chosen.count)]))
            shape = Array(examples.shape.dropFirst())
            examples.contiguous().withUnsafeBytes { values.update($0) }
        }
        var marks = CRC32()
        labels.withUnsafeBytes { marks.update($0) }
        return DataFingerprint(
            examples: count, shape: shape, classes: layout.classNames, labels: marks.hexadecimal,
            values: values.hexadecimal, files: isOnDisk ? files() : nil)
    }

    /// Names and sizes of the files below the data's place.
    private func files() -> String? {
        guard let root = settings.path.map({ PathBytes(existing: $0) }) else { return nil }
        var marks = CRC32()
        let isFolder = FileKind(at: root) == .folder
        let names = isFolder ? (try? FolderTree(root))?.files ?? [] : [PathBytes("")]
        for name in names {
            let place = name.isEmpty ? root : root.appending(name)
            var status = stat()
            guard stat(place.bytes.map { CChar(bitPattern: $0) } + [0], &status) == 0 else { continue }
            marks.update("\(name) \(status.st_size)\n")
        }
        return marks.hexadecimal
    }
}
