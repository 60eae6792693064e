internal import FileFormats
internal import Foundation

/// The files of a folder of latents, opened, or a single one.
struct LatentFiles {
    /// The files in alphabetical order.
    let files: [LatentFile]
    /// The classes that folders stand for.
    let folders: ClassFolders

    /// Opens them on several threads.
    init(_ url: URL, _ split: Split?) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw DatasetError(.notFound, "\(url.path): there is no such file or folder.")
        }
        guard isFolder.boolValue else {
            files = [try LatentFile(url)]
            folders = try ClassFolders([[url.lastPathComponent]], nil, in: url.path, of: "latents")
            return
        }
        let folders = try ClassFolders(Self.paths(in: url), split, in: url.path, of: "latents")
        let files = try Parallel.map(folders.paths.count) { index in
            try LatentFile(url.appending(path: folders.paths[index].joined(separator: "/")))
        }
        try Self.demandSame(files)
        (self.files, self.folders) = (files, folders)
    }

    private static func paths(in folder: URL) throws -> [[String]] {
        let all = try ClassFolders.visible(FolderTree(folder.path).files)
        let latents = all.filter { LatentFile.endings.contains(ClassFolders.ending(of: $0)) }
        guard latents.isEmpty else { return latents }
        let kinds = Dictionary(grouping: all, by: ClassFolders.ending).mapValues(\.count)
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
        return try zip(files, folders.paths).flatMap { file, path in
            [Int](repeating: try folders.label(of: path) ?? 0, count: file.count)
        }
    }
}
