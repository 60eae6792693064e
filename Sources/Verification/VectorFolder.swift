internal import Artifacts
internal import FileFormats
internal import Foundation
internal import Torch

/// A folder of vectors and its manifest.
struct VectorFolder {
    /// A file that the manifest names.
    struct Entry {
        let name: String
        let description: JSON

        /// The folder, or the file's name up to the first dot, that names its contents.
        var family: String { String(name.prefix { $0 != "/" && $0 != "." }) }
    }

    /// The files of the manifest in the order of their names.
    let files: [Entry]
    /// Learning rates by name, if the manifest has some.
    let schedules: JSON?
    private let folder: URL

    init(_ folder: URL) throws {
        self.folder = folder
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw VerificationError(
                "\(folder.path): there is no such folder. Name the folder that holds manifest.json.")
        }
        let place = folder.appending(path: "manifest.json")
        guard let data = FileManager.default.contents(atPath: place.path) else {
            throw VerificationError(
                "\(folder.path): there is no manifest.json that can be read. Name the folder that holds it.")
        }
        guard let manifest = try? JSONDecoder().decode(JSON.self, from: data),
            let files = Self.files(of: manifest)
        else {
            throw VerificationError(
                "\(place.path): not a manifest of vectors: JSON that names files was expected. Fetch the vectors again."
            )
        }
        self.files = files.map { Entry(name: $0.key, description: $0.value) }.sorted { $0.name < $1.name }
        schedules = manifest["lr_schedule"]
    }

    /// The files of a manifest: below the key `files`, or each at the top with its sum.
    private static func files(of manifest: JSON) -> [String: JSON]? {
        if case .object(let files)? = manifest["files"] { return files }
        let files = manifest.object
        return files.isEmpty || !files.values.allSatisfy({ $0["sha256"]?.string != nil }) ? nil : files
    }

    /// The bytes of a file, inflated if it is gzipped.
    func bytes(_ name: String) throws -> Data {
        let place = folder.appending(path: name)
        return name.hasSuffix(".gz") ? Data(try Gzip.contents(of: place)) : try Data(contentsOf: place)
    }

    /// A folder of this one.
    func folder(_ name: String) -> URL { folder.appending(path: name) }

    /// True if there is a file of this name, in the manifest or not.
    func holds(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appending(path: name).path) }

    /// A JSON file beside the tensors.
    func json(_ name: String) throws -> JSON {
        let place = folder.appending(path: name)
        guard let data = FileManager.default.contents(atPath: place.path),
            let json = try? JSONDecoder().decode(JSON.self, from: data)
        else { throw VerificationError("\(place.path): no JSON that can be read. Fetch the vectors again.") }
        return json
    }

    /// Opens a file of the manifest and makes sure that its contents are those of the manifest.
    func open(_ name: String) throws -> VectorFile {
        guard let entry = files.first(where: { $0.name == name }) else {
            throw VerificationError("manifest.json: '\(name)' is needed by another file, but it is not named here.")
        }
        let place = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: place.path) else {
            throw VerificationError(
                "\(place.path): there is no such file, but manifest.json names it. Fetch the vectors again.")
        }
        return try VectorFile(entry, Self.contents(of: place), path: place.path)
    }

    private static func contents(of place: URL) throws -> [String: Tensor] {
        if place.lastPathComponent.hasSuffix(".safetensors") { return try SafetensorsFile(place).tensors }
        guard place.lastPathComponent.hasSuffix(".safetensors.gz") else { return [:] }
        let inflated = FileManager.default.temporaryDirectory.appending(
            path: "vectors-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: inflated) }
        try Data(Gzip.contents(of: place)).write(to: inflated)
        return try SafetensorsFile(inflated).tensors.mapValues { $0.clone() }
    }
}
