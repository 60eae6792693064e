internal import Foundation

/// Places in which data sets are sought when no folder is named.
enum StandardFolders {
    /// `$DATASETS/NAME`, then `/usr/share/datasets/NAME`, where Debian's packages put them.
    static func of(_ name: String, environment: [String: String] = ProcessInfo.processInfo.environment) -> [URL] {
        let own = environment["DATASETS"].map { [URL(filePath: $0)] } ?? []
        return (own + [URL(filePath: "/usr/share/datasets")]).map { $0.appending(path: name) }
    }

    /// The first of them that exists.
    ///
    /// - Throws: ``DatasetError`` that lists the places and ends with `remedy`.
    static func find(_ name: String, remedy: String) throws -> URL {
        let folders = of(name)
        guard let found = folders.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            let places = folders.map(\.path).joined(separator: " or ")
            throw DatasetError(.notFound, "There is no \(name) at \(places). \(remedy)")
        }
        return found
    }
}
