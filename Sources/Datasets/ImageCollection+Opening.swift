public import FileFormats
public import Foundation

extension ImageCollection {
    /// Opens a folder of images; the files are found now and read later.
    ///
    /// - Parameters:
    ///   - folder: Images, or a folder per class; both may lie below `train`, `val` and `test`.
    ///   - split: One of those, if they are there: see ``PartChoice/init(preferring:)``.
    ///   - configuration: Size and channels.
    /// - Throws: ``DatasetError`` if there are no images, with what there is instead; `FileError` if the first cannot be read.
    public init(folder: URL, split: Split? = nil, _ configuration: Configuration = .init()) throws {
        let root = folder.standardizedFileURL.path
        try self.init(folder: PathBytes(root), PartChoice(preferring: split), configuration)
    }

    /// Opens a folder of images whose path may be no UTF-8.
    ///
    /// - Parameters:
    ///   - folder: The path.
    ///   - part: The part that is meant.
    ///   - configuration: Size and channels.
    /// - Throws: As ``init(folder:split:_:)``, and ``DatasetError`` if there is no such part.
    public init(folder: PathBytes, _ part: PartChoice, _ configuration: Configuration = .init()) throws {
        guard FileKind(at: folder) == .folder else { throw DatasetError(.notFound, "There is no folder \(folder).") }
        let tree = try FolderTree(folder)
        let found = tree.files.filter { !ClassFolders.isHidden($0) }.map { path in
            let whole = folder.appending(path)
            return Found(path, isImage: Self.isImage(path) { ImageFormat.format(of: whole) }, .file(whole))
        }
        let special = tree.special.filter { !ClassFolders.isHidden($0.key) }
        try self.init(found, folders: tree.folders, special, at: folder.description, part, configuration)
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
        try self.init(archive: archive, PartChoice(preferring: split), configuration, limit: limit)
    }

    /// Opens an archive, of which a part is meant.
    ///
    /// - Throws: As ``init(archive:split:_:limit:)``, and ``DatasetError`` if there is no such part.
    public init(
        archive: URL, _ part: PartChoice, _ configuration: Configuration = .init(), limit: Int = 1 << 33
    ) throws {
        let reader = try ArchiveReader(archive)
        var found: [Found] = []
        var total = 0
        while let member = try reader.next() {
            // Nothing is extracted, so that names that point elsewhere do no harm; what is left of them is a name.
            let parts = member.name.components.filter { $0 != PathBytes(".") && $0 != PathBytes("..") }
            let path = PathBytes(components: parts)
            guard !ClassFolders.isHidden(path) else { continue }
            let start = try reader.start(isNeeded: Self.mayBeImage(path))
            guard Self.isImage(path, { ImageFormat(of: start) }) else {
                found.append(Found(path, isImage: false, .bytes([])))
                continue
            }
            let bytes = try start + reader.contents(limit: min(limit, Self.largestFile))
            total += bytes.count
            guard total <= limit else {
                throw FileError(
                    .tooLarge, archive.path, "its images take more than \(Memory.text(limit))",
                    remedy: "Extract it and name the folder.")
            }
            try Memory.require(total, for: archive.path)
            found.append(Found(path, isImage: true, .bytes(bytes)))
        }
        found.sort { $0.path < $1.path }
        let special = Dictionary(reader.passedOver.map { ($0.name, $0.kind) }) { first, _ in first }
        try self.init(found, folders: [], special, at: archive.path, part, configuration)
    }

    /// Bytes of a file of an archive beyond which it is no image, but a bomb.
    private static let largestFile = 1 << 30

    /// A file of a folder or archive.
    private struct Found {
        let path: PathBytes
        let isImage: Bool
        let content: Item.Content

        init(_ path: PathBytes, isImage: Bool, _ content: Item.Content) {
            (self.path, self.isImage, self.content) = (path, isImage, content)
        }
    }

    private init(
        _ all: [Found], folders: [PathBytes], _ special: [PathBytes: String], at root: String, _ part: PartChoice,
        _ configuration: Configuration
    ) throws {
        let images = all.filter(\.isImage)
        let others = all.filter { !$0.isImage }.map(\.path)
        guard !images.isEmpty else { throw Self.nothing(in: root, others, special) }
        let classes = try ClassFolders(images.map(\.path), part, in: root)
        let names = Self.names(of: images.map(\.path))
        let items = try classes.chosen.map { index in
            try Item(root: root, name: names[index], content: images[index].content, label: classes.label(of: index))
        }
        var aside = Aside()
        for path in others { aside.files[path.ending, default: 0] += 1 }
        aside.special = special.map { "\($0.key) (\($0.value))" }.sorted()
        let parents = others.flatMap { path in
            path.components.indices.dropFirst().map { PathBytes(components: path.components.prefix($0)) }
        }
        let empty = classes.empty(among: Set(folders.filter { !ClassFolders.isHidden($0) } + parents))
        aside.emptyFolders = PathBytes.texts(of: empty)
        aside.inEmptyFolders = empty.map { folder in
            let inside = others.filter { $0.components.starts(with: folder.components) }
            return Dictionary(grouping: inside, by: \.ending).mapValues(\.count)
        }
        aside.repeated = Self.repeated(images.map(\.path))
        aside.twins = classes.twins + Twins.groups(of: Array(Set(images.map(\.path))))
        try self.init(
            items, at: root, classNames: classes.names, aside: aside, classes.part, of: classes.allParts, configuration)
    }

    /// Names of images: their paths, with a number where an archive holds several of the same path.
    private static func names(of paths: [PathBytes]) -> [String] {
        var seen: [PathBytes: Int] = [:]
        return zip(paths, PathBytes.texts(of: paths)).map { path, text in
            seen[path, default: 0] += 1
            let number = seen[path] ?? 1
            return number == 1 ? text : "\(text)#\(number)"
        }
    }

    private static func repeated(_ paths: [PathBytes]) -> [String] {
        let counts = Dictionary(paths.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.filter { $0.value > 1 }.map { "\($0.key) (\($0.value) times)" }.sorted()
    }

    /// Endings of the files that are read.
    package static let endings: Set = ["png", "jpg", "jpeg", "jpe", "jfif", "jif"]

    /// Endings of images of other formats.
    ///
    /// Such files are often PNG or JPEG for all that, as those without an ending may be:
    /// the content decides.
    static let otherEndings: Set = [
        "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "jxl", "jp2", "tga", "ppm", "pgm", "pnm", "apng",
    ]

    private static func mayBeImage(_ path: PathBytes) -> Bool {
        path.ending.isEmpty || otherEndings.contains(path.ending)
    }

    private static func isImage(_ path: PathBytes, _ format: () -> ImageFormat?) -> Bool {
        endings.contains(path.ending) || mayBeImage(path) && format()?.isReadable == true
    }

    private static func nothing(
        in root: String, _ paths: [PathBytes], _ special: [PathBytes: String]
    ) -> DatasetError {
        let kinds = Dictionary(grouping: paths, by: \.ending).mapValues(\.count)
        var found = kinds.isEmpty ? "It is empty" : "It holds \(ClassFolders.listing(kinds))"
        if let first = special.min(by: { $0.key < $1.key }) {
            found += "; what is no file is not read, such as \(first.key) (\(first.value))"
        }
        return DatasetError(
            .notFound,
            """
            There are no PNG or JPEG images in \(root). \(found). Name a folder or archive of .png, .jpg or .jpeg files, \
            a folder of MNIST's or CIFAR's files, a file of samples, or a file or folder of latents.
            """)
    }
}

extension ArchiveReader {
    /// The first bytes of the current member, by which images are told; none unless needed.
    fileprivate func start(isNeeded: Bool) throws -> [UInt8] {
        guard isNeeded else { return [] }
        return try [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            count = try read(
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<16]))
        }
    }
}
