internal import FileFormats

/// Part of a data set that its makers set apart.
public enum Split: String, Sendable, Hashable, CaseIterable, Codable {
    /// Examples that models learn from.
    case train
    /// Examples by which settings are chosen.
    case validation = "val"
    /// Examples that models are judged by.
    case test

    /// The part that a folder of this name holds, in any case: `train`, `training`, `val`, `valid`, `validation`, `test`,
    /// `testing`.
    init?(folder: PathBytes) {
        switch folder.description.lowercased() {
        case "train", "training": self = .train
        case "val", "valid", "validation": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }
}

/// The examples that are meant where data may lie in parts.
public enum PartChoice: Sendable, Hashable {
    /// All of them.
    case all
    /// A part; an error where there is none of this name.
    case only(Split)
    /// `train`, or all where data lie in no parts.
    case training
    /// `test`, else `val`, else what there is. The answer says which it was.
    case heldOut

    /// The choice of a part that need not be there.
    public init(preferring split: Split?) {
        switch split {
        case nil: self = .all
        case .train?: self = .training
        case .test?: self = .heldOut
        case .validation?: self = .only(.validation)
        }
    }
}

/// The parts of a folder or archive: its top folders, if they are called so.
struct DataParts {
    /// Name of the folder of each part; empty where data lie in no parts.
    let folders: [Split: PathBytes]
    /// Number of folders above those of the parts or, without parts, of the classes.
    let depth: Int
    private let root: String

    /// Finds the parts.
    ///
    /// - Parameters:
    ///   - paths: Paths of all files, in their components.
    ///   - root: The folder or archive, for errors.
    /// - Throws: ``DatasetError`` if parts and other things lie side by side, or two folders are the same part.
    init(_ paths: [[PathBytes]], in root: String) throws {
        self.root = root
        let depth = Self.sharedDepth(paths)
        self.depth = depth
        let tops = Set(paths.compactMap { $0.count > depth + 1 ? $0[depth] : nil })
        let parts = tops.filter { Split(folder: $0) != nil }.sorted()
        let beside =
            tops.subtracting(parts).sorted() + Set(paths.compactMap { $0.count == depth + 1 ? $0[depth] : nil })
        guard !parts.isEmpty else {
            folders = [:]
            return
        }
        if let other = beside.first {
            let isOne = parts.count == 1
            throw DatasetError(
                .mismatch,
                """
                \(root): \(Self.list(parts)) \(isOne ? "is a part" : "are parts") of the data, but \
                \(beside.count == 1 ? "'\(other)' lies" : "\(Self.list(Array(beside.prefix(3)))) lie") beside. Move what \
                belongs to no part elsewhere; if all are classes, put them together into a folder \(root)/train.
                """)
        }
        folders = try Dictionary(parts.map { (Split(folder: $0) ?? .train, $0) }) { one, other in
            throw DatasetError(
                .mismatch, "\(root): \(Self.list([one, other])) are the same part. Put their files into one folder.")
        }
    }

    /// The part that is meant; nil for all.
    ///
    /// - Throws: ``DatasetError`` that names the parts that there are.
    func chosen(_ choice: PartChoice) throws -> Split? {
        switch choice {
        case .all: return nil
        case .only(let split):
            guard folders[split] != nil else { throw missing(split) }
            return split
        case .training:
            guard folders.isEmpty || folders[.train] != nil else { throw missing(.train) }
            return folders.isEmpty ? nil : .train
        case .heldOut: return [.test, .validation, .train].first { folders[$0] != nil }
        }
    }

    private func missing(_ split: Split) -> DatasetError {
        let found = Split.allCases.filter { folders[$0] != nil }.map { ":\($0.rawValue)" }
        let there = found.isEmpty ? "its files lie in no parts" : "there is \(found.joined(separator: " and "))"
        let remedy =
            found.isEmpty
            ? "Name it without a part for all of it, or put the files below folders train and test."
            : "Name one of these, or make a folder '\(split.rawValue)' beside."
        return DatasetError(.notFound, "\(root) has no part '\(split.rawValue)': \(there). \(remedy)")
    }

    private static func list(_ names: [PathBytes]) -> String {
        PathBytes.texts(of: names).map { "'\($0)'" }.joined(separator: ", ")
    }

    /// Number of folders that all files share, except parts: archives often hold one folder with everything in it.
    private static func sharedDepth(_ paths: [[PathBytes]]) -> Int {
        var depth = 0
        while let first = paths.first, first.count > depth + 2, Split(folder: first[depth]) == nil,
            paths.allSatisfy({ $0.count > depth + 2 && $0[depth] == first[depth] })
        { depth += 1 }
        return depth
    }
}
