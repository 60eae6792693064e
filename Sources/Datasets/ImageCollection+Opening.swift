internal import FileFormats
public import Foundation

extension ImageCollection {
    /// Opens a folder of images; the files are found now and read later.
    ///
    /// - Parameters:
    ///   - folder: Images, or a folder per class; both may lie below `train` and `test`.
    ///   - split: One of those, if they are there.
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
    ///   - limit: More bytes are refused; 8 GiB by default.
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
            guard Self.isImage([path]) else {
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
        let all = ClassFolders.visible(paths)
        let images = all.filter(Self.isImage)
        guard !images.isEmpty else { throw Self.nothing(in: root, all) }
        let chosen = try ClassFolders(images, split, in: root, of: "images")
        let items = try chosen.paths.map { path in
            let name = path.joined(separator: "/")
            return try Item(name: "\(root)/\(name)", content: content(name), label: chosen.label(of: path))
        }
        var aside = Aside()
        for path in all where !Self.isImage(path) { aside.files[ClassFolders.ending(of: path), default: 0] += 1 }
        aside.emptyFolders = Self.empty(ClassFolders.visible(folders), beside: chosen.paths, depth: chosen.depth)
        try self.init(items, at: root, classNames: chosen.names, aside: aside, configuration)
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

    /// Endings of the files that are read.
    static let endings: Set = ["png", "jpg", "jpeg"]

    private static func isImage(_ path: [String]) -> Bool { endings.contains(ClassFolders.ending(of: path)) }

    private static func nothing(in root: String, _ paths: [[String]]) -> DatasetError {
        let kinds = Dictionary(grouping: paths, by: ClassFolders.ending).mapValues(\.count)
        let found = kinds.isEmpty ? "It is empty" : "It holds \(ClassFolders.listing(kinds))"
        return DatasetError(
            .notFound,
            """
            There are no PNG or JPEG images in \(root). \(found). Name a folder or archive of .png, .jpg or .jpeg files, \
            a folder of MNIST's or CIFAR's files, a file of samples, or a file or folder of latents.
            """)
    }
}
