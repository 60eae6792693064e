internal import FileFormats
internal import Foundation

/// The files of a folder of latents, opened, or a single one.
struct LatentFiles {
    /// The files in alphabetical order.
    let files: [LatentFile]
    /// The classes that folders stand for.
    let folders: ClassFolders

    /// Facts worth knowing.
    let remarks: [String]

    /// Opens them on several threads.
    init(_ url: URL, _ part: PartChoice) throws {
        let place = PathBytes(existing: url.path)
        switch FileKind(at: place) {
        case nil: throw DatasetError(.notFound, "\(url.path): there is no such file or folder.")
        case .other(let words)?: throw FileError.special(url.path, words)
        case .file?:
            files = [try LatentFile(url)]
            folders = try ClassFolders([PathBytes(url.lastPathComponent)], .all, in: url.path)
            remarks = []
            return
        case .folder?: break
        }
        let tree = try FolderTree(place)
        let paths = try Self.paths(tree, in: url)
        let folders = try ClassFolders(paths, part, in: url.path)
        let files = try Parallel.map(folders.chosen.count) { index in
            try LatentFile(Self.file(paths[folders.chosen[index]], in: url))
        }
        try Self.demandSame(files)
        (self.files, self.folders) = (files, folders)
        let special = tree.special.map { "\($0.key) (\($0.value))" }.sorted()
        remarks = special.isEmpty ? [] : ["Not read, as they are no files: \(Twins.list(special))."]
    }

    /// The place of a file; where its name is no UTF-8, the text of its bytes, which readers understand.
    private static func file(_ path: PathBytes, in folder: URL) -> URL {
        folder.appending(path: String(validating: path.bytes, as: UTF8.self) ?? path.description)
    }

    private static func paths(_ tree: FolderTree, in folder: URL) throws -> [PathBytes] {
        let all = tree.files.filter { !ClassFolders.isHidden($0) }
        let latents = all.filter { LatentFile.endings.contains($0.ending) }
        guard latents.isEmpty else { return latents }
        let kinds = Dictionary(grouping: all, by: \.ending).mapValues(\.count)
        let found = kinds.isEmpty ? "It is empty" : "It holds \(ClassFolders.listing(kinds))"
        throw DatasetError(
            .notFound,
            "There are no latents in \(folder.path): no .safetensors, .npz or .npy files. \(found).")
    }

    private static func demandSame(_ files: [LatentFile]) throws {
        let first = files[0]
        let text = { (file: LatentFile) in "\(file.holdsMoments ? "moments" : "latents") \(file.shape)" }
        if let other = files.first(where: { $0.shape != first.shape || $0.holdsMoments != first.holdsMoments }) {
            throw DatasetError(
                .mismatch,
                """
                \(other.url.path) holds \(text(other)), but \(first.url.lastPathComponent) holds \(text(first)). Keep what \
                belongs together in a folder of its own.
                """)
        }
        if let other = files.first(where: { ($0.labels == nil) != (first.labels == nil) }) {
            let (with, without) = first.labels == nil ? (other, first) : (first, other)
            throw DatasetError(
                .mismatch,
                "\(with.url.path) has labels, \(without.url.lastPathComponent) has none: all files must have them, or none."
            )
        }
    }

    /// True if the files themselves hold labels.
    var isLabelled: Bool { files[0].labels != nil }

    /// The class of each image; nil if nothing says.
    func labels() throws -> [Int]? {
        if isLabelled { return files.flatMap { $0.labels ?? [] } }
        guard !folders.names.isEmpty else { return nil }
        return try zip(files, folders.chosen).flatMap { file, index in
            [Int](repeating: try folders.label(of: index) ?? 0, count: file.count)
        }
    }
}
