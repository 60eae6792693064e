/// Files that lie in a folder per class, perhaps below `train` and `test`.
struct ClassFolders {
    /// Names of top folders that are parts of the data, not classes.
    private static let splitNames: [String: Split] = [
        "train": .train, "training": .train, "test": .test, "testing": .test, "val": .test, "valid": .test,
        "validation": .test,
    ]

    /// The files of the split, by the parts of their paths.
    let paths: [[String]]
    /// Names of the classes in alphabetical order; empty if the files lie in no folders.
    let names: [String]
    /// Number of folders above those of the classes.
    let depth: Int
    private let root: String
    private let labels: [String: Int]

    /// Finds the classes.
    ///
    /// - Parameters:
    ///   - paths: At least one, relative to the root.
    ///   - split: One of `train` and `test`, if they are there; all if nil.
    ///   - root: The folder or archive, for errors.
    ///   - noun: Name of the files in errors.
    /// - Throws: ``DatasetError`` if the split has no files.
    init(_ paths: [[String]], _ split: Split?, in root: String, of noun: String) throws {
        (self.paths, depth) = try Self.part(paths, split, root, noun)
        self.root = root
        let classes = depth
        names = Set(self.paths.filter { $0.count > classes + 1 }.map { $0[classes] }).sorted()
        labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    }

    /// The class of a file; nil if there are none.
    ///
    /// - Throws: ``DatasetError`` if it lies beside the folders of the classes.
    func label(of path: [String]) throws -> Int? {
        guard !names.isEmpty else { return nil }
        guard path.count > depth + 1 else {
            throw DatasetError(
                .mismatch,
                """
                \(root): \(path.joined(separator: "/")) lies beside the folders of the classes. Move it into one, or \
                elsewhere.
                """)
        }
        return labels[path[depth]]
    }

    /// The parts of paths, without hidden files and those that macOS puts into archives.
    static func visible(_ paths: [String]) -> [[String]] {
        paths.map { $0.split(separator: "/").map(String.init) }
            .filter { !$0.contains { $0.hasPrefix(".") || $0 == "__MACOSX" } }
    }

    /// The ending of a file's name in lower case, without the dot.
    static func ending(of path: [String]) -> String {
        let parts = (path.last ?? "").split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 ? parts[parts.count - 1].lowercased() : ""
    }

    /// Such as "3 .txt files, 1 .gif file and 2 files without an ending", the most frequent first.
    ///
    /// - Parameter endings: Number of files by ending.
    static func listing(_ endings: [String: Int]) -> String {
        let sorted = endings.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var parts = sorted.prefix(6).map { ending, count in
            let noun = count == 1 ? "file" : "files"
            return ending.isEmpty ? "\(count) \(noun) without an ending" : "\(count) .\(ending) \(noun)"
        }
        if sorted.count > 6 { parts.append("\(sorted.dropFirst(6).map(\.value).reduce(0, +)) other files") }
        guard let last = parts.popLast() else { return "" }
        return parts.isEmpty ? last : "\(parts.joined(separator: ", ")) and \(last)"
    }

    /// The files of one split, and how many folders lie above the classes.
    private static func part(
        _ paths: [[String]], _ split: Split?, _ root: String, _ noun: String
    ) throws -> (paths: [[String]], depth: Int) {
        let depth = sharedDepth(paths)
        let tops = Set(paths.map { $0.count > depth + 1 ? $0[depth] : "" })
        let isSplit = tops.allSatisfy { splitNames[$0.lowercased()] != nil }
        guard isSplit else { return (paths, depth) }
        guard let split else { return (paths, depth + 1) }
        let chosen = paths.filter { splitNames[$0[depth].lowercased()] == split }
        guard !chosen.isEmpty else {
            throw DatasetError(.notFound, "\(root) has no \(split.rawValue) \(noun), only \(tops.sorted()).")
        }
        return (chosen, depth + 1)
    }

    /// Number of folders that all files share, except splits: archives often hold one folder with everything in it.
    private static func sharedDepth(_ paths: [[String]]) -> Int {
        var depth = 0
        while let first = paths.first, first.count > depth + 2, splitNames[first[depth].lowercased()] == nil,
            paths.allSatisfy({ $0.count > depth + 2 && $0[depth] == first[depth] })
        { depth += 1 }
        return depth
    }
}
