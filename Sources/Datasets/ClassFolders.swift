internal import FileFormats

/// Files that lie in a folder per class, perhaps below parts such as `train` and `test`.
///
/// Classes are numbered once for all parts: those of any part together, in the order of their bytes.
struct ClassFolders {
    /// Places of the chosen files among all, in order.
    let chosen: [Int]
    /// The part that they are of; nil if they are all.
    let part: Split?
    /// Names of the classes in the order of their bytes; empty if the chosen files lie in no folders.
    let names: [String]
    /// Folders that stand for classes which only their accents' bytes distinguish.
    let twins: [[String]]
    private let root: String
    private let paths: [[PathBytes]]
    private let parts: DataParts
    private let labels: [PathBytes: Int]

    /// Finds the classes.
    ///
    /// - Parameters:
    ///   - paths: Paths of all files of all parts, relative to the root.
    ///   - choice: The part that is meant.
    ///   - root: The folder or archive, for errors.
    /// - Throws: ``DatasetError`` if there is no such part, or parts and classes lie side by side.
    init(_ paths: [PathBytes], _ choice: PartChoice, in root: String) throws {
        self.root = root
        self.paths = paths.map(\.components)
        parts = try DataParts(self.paths, in: root)
        let part = try parts.chosen(choice)
        self.part = part
        let folder = part.flatMap { [parts] in parts.folders[$0] }
        let top = parts.depth
        chosen = self.paths.indices.filter { [paths = self.paths] in folder == nil || paths[$0][top] == folder }
        let depth = parts.depth + (parts.folders.isEmpty ? 0 : 1)
        let isLabelled = chosen.contains { [paths = self.paths] in paths[$0].count > depth + 1 }
        let all = Set(self.paths.compactMap { $0.count > depth + 1 ? $0[depth] : nil }).sorted()
        names = isLabelled ? PathBytes.texts(of: all) : []
        twins = Twins.groups(of: all)
        labels = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
    }

    /// The class of a file; nil if there are none.
    ///
    /// - Throws: ``DatasetError`` if it lies beside the folders of the classes.
    func label(of index: Int) throws -> Int? {
        guard !names.isEmpty else { return nil }
        let path = paths[index]
        guard path.count > classDepth + 1 else {
            throw DatasetError(
                .mismatch,
                """
                \(root): \(PathBytes(components: path)) lies beside the folders of the classes. Move it into one, or \
                elsewhere.
                """)
        }
        return labels[path[classDepth]]
    }

    /// The parts that there are; none if files lie in no parts.
    var allParts: [Split] { Split.allCases.filter { parts.folders[$0] != nil } }

    /// Number of folders above those of the classes.
    private var classDepth: Int { parts.depth + (parts.folders.isEmpty ? 0 : 1) }

    /// Folders at the place of classes in which none of the files lies.
    func empty(among folders: Set<PathBytes>) -> [PathBytes] {
        let depth = classDepth
        let filled = Set(chosen.map { paths[$0].prefix(depth + 1) })
        let parents = Set(chosen.map { paths[$0].prefix(depth) })
        return folders.filter {
            let path = $0.components
            return path.count == depth + 1 && parents.contains(path.prefix(depth)) && !filled.contains(path[...])
        }.sorted()
    }

    /// True of hidden files, and those that macOS puts into archives.
    static func isHidden(_ path: PathBytes) -> Bool {
        path.components.contains { $0.hasPrefix(".") || $0 == PathBytes("__MACOSX") }
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
}

/// Names that are different, but look the same.
enum Twins {
    /// Paths that `String` takes for the same, as texts that differ.
    static func groups(of paths: [PathBytes]) -> [[String]] {
        let texts = PathBytes.texts(of: paths)
        var groups: [String: [String]] = [:]
        for (path, text) in zip(paths, texts) where !path.bytes.allSatisfy({ $0 < 0x80 }) {
            groups[path.description, default: []].append(text)
        }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }

    /// A list for a remark: the first few, and the number of the others.
    static func list(_ names: [String], most: Int = 6) -> String {
        names.prefix(most).joined(separator: ", ") + (names.count > most ? " and \(names.count - most) more" : "")
    }
}
