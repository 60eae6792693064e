internal import Artifacts
internal import Foundation
internal import Torch
internal import TorchNN

/// The release's own artifacts: every array beside its twin in a safetensors file, and the network that the metadata describe.
enum FlaxCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let place = file.name.split(separator: "/").dropLast(2).joined(separator: "/")
        let twins = ["safetensors", "safetensors.gz"].map { "\(place)/params.\($0)" }
        guard let name = twins.first(where: { name in vectors.files.contains { $0.name == name } }) else {
            throw VerificationError("manifest.json: \(file.name) has no params.safetensors beside its folder.")
        }
        let twin = try vectors.open(name)
        recorder.check("params_ema") { comparisons in
            try withArtifact(file.name, vectors) { folder in
                let artifact = try FlaxArtifact(folder)
                let tensors = try FlaxFile(folder.appending(path: "ema_params.msgpack")).tensors
                guard Set(tensors.keys) == Set(twin.tensors.keys) else {
                    throw VerificationError("\(file.name): its arrays are not those of \(name).")
                }
                for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
                    try comparisons.compare(key, tensor.read(), twin[key], .exact)
                }
                // Names, shapes and sizes of the network were checked when it was opened; its values, when it is loaded.
                _ = try artifact.network.load()
            }
        }
    }

    /// The artifact in a folder of its own, inflated if need be.
    private static func withArtifact(_ name: String, _ vectors: VectorFolder, _ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "artifact-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try vectors.bytes(name).write(to: folder.appending(path: "ema_params.msgpack"))
        let metadata = name.split(separator: "/").dropLast().joined(separator: "/") + "/metadata.json"
        try vectors.bytes(metadata).write(to: folder.appending(path: "metadata.json"))
        try body(folder)
    }
}
