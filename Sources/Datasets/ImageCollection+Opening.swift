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
        let paths = (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []).sorted()
        try self.init(paths, at: root, split, configuration) { .file(URL(filePath: root).appending(path: $0)) }
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
            guard Self.isImage(member.path) else {
                contents[member.path] = []
                continue
            }
            let bytes = try reader.contents(limit: limit)
            total += bytes.count
            guard total <= limit else {
                throw FileError(
                    .tooLarge, archive.path, "its images exceed the limit of \(limit) bytes",
                    remedy: "Extract it and name the folder.")
            }
            contents[member.path] = bytes
        }
        let paths = contents.keys.sorted()
        try self.init(paths, at: archive.path, split, configuration) { .bytes(contents[$0] ?? []) }
    }

    private init(
        _ paths: [String], at root: String, _ split: Split?, _ configuration: Configuration,
        content: (String) -> Item.Content
    ) throws {
        let all = paths.map { $0.split(separator: "/").map(String.init) }
        let images = all.filter {
            Self.isImage($0.last ?? "") && !$0.contains { $0.hasPrefix(".") || $0 == "__MACOSX" }
        }
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
        try self.init(items, classNames: names, configuration)
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

    private static func isImage(_ path: String) -> Bool {
        ["png", "jpg", "jpeg"].contains(path.split(separator: ".").last.map { $0.lowercased() } ?? "")
    }

    private static func nothing(in root: String, _ names: [String]) -> DatasetError {
        let kinds = Set(names.compactMap { $0.contains(".") ? $0.split(separator: ".").last.map(String.init) : nil })
        let found = names.isEmpty ? "it is empty" : "only files of the kinds \(kinds.sorted().prefix(8))"
        return DatasetError(.notFound, "There are no PNG or JPEG images in \(root): \(found).")
    }
}
