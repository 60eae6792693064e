internal import Foundation
internal import Torch
internal import TorchNN

/// Tensors in safetensors files, one or several with an index.
enum SafetensorsFolder {
    /// The tensors of a file, which are read page by page when they are used.
    static func tensors(of file: URL) throws -> [String: StoredTensor] { stored(try SafetensorsFile(file)) }

    private static func stored(_ file: SafetensorsFile) -> [String: StoredTensor] {
        var tensors: [String: StoredTensor] = [:]
        for (name, layout) in file.layouts {
            tensors[name] = StoredTensor(dtype: layout.dtype, shape: layout.shape) {
                guard let tensor = file[name] else { fatalError("Artifacts: a tensor has left its file") }
                return tensor
            }
        }
        return tensors
    }

    /// The tensors of the files that an index such as `model.safetensors.index.json` names.
    ///
    /// - Throws: ``ArtifactError`` if the index names other folders, a tensor is not where it says, or a file has others.
    static func tensors(ofIndex index: URL) throws -> [String: StoredTensor] {
        struct Index: Decodable {
            var map: [String: String]
            enum CodingKeys: String, CodingKey { case map = "weight_map" }
        }
        let map = try JSONFile.decode(Index.self, from: index).map
        let folder = index.deletingLastPathComponent()
        var tensors: [String: StoredTensor] = [:]
        for (shard, entries) in Dictionary(grouping: map, by: \.value).sorted(by: { $0.key < $1.key }) {
            guard !shard.isEmpty, !shard.hasPrefix("."), !shard.contains("/"), !shard.utf8.contains(0) else {
                throw ArtifactError(
                    index.path, "names the file '\(shard)', which is not beside it", remedy: "Fetch the index again.")
            }
            let content = try self.tensors(of: folder.appending(path: shard))
            for (name, _) in entries {
                guard let tensor = content[name] else {
                    throw ArtifactError(
                        index.path, "says that '\(name)' is in \(shard), but it is not",
                        remedy: "Fetch the index and its files again.")
                }
                tensors[name] = tensor
            }
            let listed = Set(entries.map(\.key))
            if let other = content.keys.filter({ !listed.contains($0) }).sorted().first {
                throw ArtifactError(
                    index.path, "does not name '\(other)', which is in \(shard)",
                    remedy: "Fetch the index and its files again.")
            }
        }
        return tensors
    }
}
