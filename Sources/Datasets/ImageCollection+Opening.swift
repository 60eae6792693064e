internal import FileFormats
public import Foundation

extension ImageCollection {
    /// Names of top folders that are parts of the data, not classes.
    private static let splitNames: [String: Split] = [
        "train": .train, "training": .train, "test": .test, "testing": .test, "val": .test, "valid": .test,
        "validation": .test,
    ]

    /// Opens a folder of images; the files are found now and read later.
    ///
    /// - Parameters:
    ///   - folder: Images, or a folder per class; both may lie below `train` and `test`.
    ///   - split: Which of those is meant, if they are there.
    ///   - configuration: Size and channels.
    /// - Throws: ``DatasetError`` if there are no images, with what there is instead; `FileError` if the first cannot be read.
    public init(folder: URL, split: Split? = nil, _ configuration: Configuration = .init()) throws {
        let root = folder.standardizedFileURL.path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue else {
            throw DatasetError(.notFound, "There is no folder \(root).")
        }
        let tree = try FolderTree(root)
        try self.init(tree.files, folders: tree.folders, at: root, split, configuration) { _ in .file }
    }

    /// Opens a tar or zip archive of images without extracting it.
    ///
    /// The encoded images are kept in memory, which takes as much as the archive without its own compression.
    ///
    /// - Parameters:
    ///   - archive: A `.tar`, `.tar.gz`, `.zip` or other archive.
    ///   - split: As for a folder.
    ///   - configuration: Size and channels.
    ///   - limit: More bytes are refused; 8 GiB unless given.
    /// - Throws: As for a folder, and `FileError` if the archive is damaged or larger than the limit.
    public init(
        archive: URL, split: Split? = nil, _ configuration: Configuration = .init(), limit: Int = 1 << 33
    ) throws {
        let reader = try ArchiveReader(archive)
        var contents: [String: [UInt8]] = [:]
        var total = 0
        while let member = try reader.next() {
            // Nothing is extracted, so that names that point elsewhere do no harm; what is left of them is a name.
            let path = member.path.split(separator: "/").filter { $0 != "." && $0 != ".." }.joined(separator: "/")
            guard Self.isImage(path) else {
                contents[path] = []
                continue
            }
            let bytes = try reader.contents(limit: limit)
            total += bytes.count
            guard total <= limit else {
                throw FileError(
                    .tooLarge, archive.path, "its images exceed the limit of \(limit) bytes",
                    remedy: "Extract it and name the folder.")
            }
            contents[path] = bytes
        }
        let paths = contents.keys.sorted()
        try self.init(paths, folders: [], at: archive.path, split, configuration) { .bytes(contents[$0] ?? []) }
    }

    private init(
        _ paths: [String], folders: [String], at root: String, _ split: Split?, _ configuration: Configuration,
        content: (String) -> Item.Content
    ) throws {
        let all = Self.visible(paths)
        let images = all.filter { Self.isImage($0.last ?? "") }
        guard !images.isEmpty else { throw Self.nothing(in: root, all.compactMap(\.last)) }
        let chosen = try Self.part(images, split, root)
        let classes = chosen.depth
        let names = Set(chosen.paths.filter { $0.count > classes + 1 }.map { $0[classes] }).sorted()
        let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let items = try chosen.paths.map { path in
            let name = path.joined(separator: "/")
            guard names.isEmpty || path.count > classes + 1 else {
                throw DatasetError(
                    .mismatch,
                    "\(root): \(name) lies beside the folders of the classes. Move it into one, or elsewhere.")
            }
            return Item(
                name: "\(root)/\(name)", content: content(name), label: names.isEmpty ? nil : labels[path[classes]])
        }
        var aside = Aside()
        for path in all where !Self.isImage(path.last ?? "") { aside.files[Self.ending(of: path), default: 0] += 1 }
        aside.emptyFolders = Self.empty(Self.visible(folders), beside: chosen.paths, depth: classes)
        try self.init(items, at: root, classNames: names, aside: aside, configuration)
    }

    /// The parts of paths, without hidden files and what macOS puts into archives.
    private static func visible(_ paths: [String]) -> [[String]] {
        paths.map { $0.split(separator: "/").map(String.init) }
            .filter { !$0.contains { $0.hasPrefix(".") || $0 == "__MACOSX" } }
    }

    /// Folders at the place of classes that hold no image.
    private static func empty(_ folders: [[String]], beside images: [[String]], depth: Int) -> [String] {
        let filled = Set(images.map { $0.prefix(depth + 1) })
        let parents = Set(images.map { $0.prefix(depth) })
        return folders.filter {
            $0.count == depth + 1 && parents.contains($0.prefix(depth)) && !filled.contains($0[...])
        }
        .map { $0.joined(separator: "/") }
    }

    /// The images of one split, and how many folders lie above the classes.
    private static func part(
        _ paths: [[String]], _ split: Split?, _ root: String
    ) throws -> (paths: [[String]], depth: Int) {
        let depth = sharedDepth(paths)
        let tops = Set(paths.map { $0.count > depth + 1 ? $0[depth] : "" })
        let isSplit = tops.allSatisfy { splitNames[$0.lowercased()] != nil }
        guard isSplit else { return (paths, depth) }
        guard let split else { return (paths, depth + 1) }
        let chosen = paths.filter { splitNames[$0[depth].lowercased()] == split }
        guard !chosen.isEmpty else {
            throw DatasetError(.notFound, "\(root) has no \(split.rawValue) images, only \(tops.sorted()).")
        }
        return (chosen, depth + 1)
    }

    /// Number of folders that all images share, except splits: archives often hold one folder with everything in it.
    private static func sharedDepth(_ paths: [[String]]) -> Int {
        var depth = 0
        while let first = paths.first, first.count > depth + 2, splitNames[first[depth].lowercased()] == nil,
            paths.allSatisfy({ $0.count > depth + 2 && $0[depth] == first[depth] })
        { depth += 1 }
        return depth
    }

    private static func isImage(_ name: String) -> Bool { ["png", "jpg", "jpeg"].contains(ending(of: [name])) }

    private static func ending(of path: [String]) -> String {
        let parts = (path.last ?? "").split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 ? parts[parts.count - 1].lowercased() : ""
    }

    private static func nothing(in root: String, _ names: [String]) -> DatasetError {
        let kinds = Dictionary(grouping: names) { ending(of: [$0]) }.mapValues(\.count)
        let found = kinds.isEmpty ? "It is empty" : "It holds \(Aside.listing(kinds))"
        return DatasetError(
            .notFound,
            """
            There are no PNG or JPEG images in \(root). \(found). Name a folder or archive of .png, .jpg or .jpeg files, \
            a folder of MNIST's or CIFAR's files, or a file of samples or latents.
            """)
    }
}

extension ImageCollection.Aside {
    /// Such as "3 .txt files, 1 .gif file and 2 files without an ending", the most frequent first.
    static func listing(_ files: [String: Int]) -> String {
        let sorted = files.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var parts = sorted.prefix(6).map { ending, count in
            let noun = count == 1 ? "file" : "files"
            return ending.isEmpty ? "\(count) \(noun) without an ending" : "\(count) .\(ending) \(noun)"
        }
        if sorted.count > 6 { parts.append("\(sorted.dropFirst(6).map(\.value).reduce(0, +)) other files") }
        guard let last = parts.popLast() else { return "" }
        return parts.isEmpty ? last : "\(parts.joined(separator: ", ")) and \(last)"
    }
}
