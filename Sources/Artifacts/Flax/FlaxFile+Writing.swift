internal import AtomicFiles
internal import FileFormats
public import Foundation
internal import Torch
public import TorchNN

extension FlaxFile {
    /// Writes tensors as flax serialises a tree of them, its keys sorted at every level.
    ///
    /// - Parameters:
    ///   - tensors: By names whose parts are joined by `/`, in flax's layout.
    ///   - url: The file.
    ///   - largest: Bytes beyond which an array is written in chunks of at most as many; flax's 2^30 by default.
    /// - Throws: An error if the file cannot be written, or a tensor not read; then there is no file.
    public static func write(
        _ tensors: [String: StoredTensor], to url: URL, chunking largest: Int = 1 << 30
    ) throws {
        let tree = FlaxTree(tensors)
        do {
            try ReplacingFile.write(to: url.path) { file in
                var writer = FlaxWriter(tree: tree, largest: largest)
                try writer.write { bytes in
                    try bytes.withUnsafeBytes { try file.append($0) }
                } raw: {
                    try file.append($0)
                }
            }
        } catch let failure as WritingFailure {
            throw ArtifactError(
                failure.path, "cannot \(failure.action): \(failure.reason)", remedy: "Check the folder and its room.")
        }
    }
}

/// Names in levels.
private indirect enum FlaxTree {
    case leaf(StoredTensor)
    case branch([(key: String, value: FlaxTree)])

    init(_ tensors: [String: StoredTensor]) {
        self.init(tensors.map { ($0.key.split(separator: "/").map(String.init)[...], $0.value) })
    }

    private init(_ entries: [(ArraySlice<String>, StoredTensor)]) {
        if entries.count == 1, entries[0].0.isEmpty {
            self = .leaf(entries[0].1)
            return
        }
        let groups = Dictionary(grouping: entries) { $0.0.first ?? "" }
        self = .branch(
            groups.sorted { $0.key < $1.key }.map { ($0.key, FlaxTree($0.value.map { ($0.0.dropFirst(), $0.1) })) })
    }
}

private struct FlaxWriter {
    let tree: FlaxTree
    let largest: Int

    /// Bytes of heads go to `write`, those of tensors to `raw`, in their order.
    mutating func write(
        _ write: ([UInt8]) throws -> Void, raw: (UnsafeRawBufferPointer) throws -> Void
    ) throws { try put(tree, write, raw) }

    private func put(
        _ tree: FlaxTree, _ write: ([UInt8]) throws -> Void, _ raw: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        switch tree {
        case .branch(let entries):
            try write(MessagePackBytes.map(entries.count))
            for (key, value) in entries {
                try write(MessagePackBytes.string(key))
                try put(value, write, raw)
            }
        case .leaf(let stored): try put(stored, write, raw)
        }
    }

    private func put(
        _ stored: StoredTensor, _ write: ([UInt8]) throws -> Void, _ raw: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let (size, count) = (stored.dtype.byteCount, stored.shape.reduce(1, *))
        let tensor = try stored.read().contiguous()
        try tensor.withUnsafeBytes { bytes in
            guard count * size > largest else {
                try write(Self.head(stored.shape, stored.dtype, bytes.count))
                return try raw(bytes)
            }
            let step = max(1, largest / size)
            let starts = Array(stride(from: 0, to: count, by: step))
            try write(
                MessagePackBytes.map(3) + MessagePackBytes.string(FlaxLayout.chunkMark) + MessagePackBytes.yes
                    + MessagePackBytes.string("shape") + MessagePackBytes.map(stored.shape.count)
                    + stored.shape.enumerated().flatMap {
                        MessagePackBytes.string(String($0.offset)) + MessagePackBytes.integer($0.element)
                    } + MessagePackBytes.string("chunks") + MessagePackBytes.map(starts.count))
            for (index, start) in starts.enumerated() {
                let elements = min(step, count - start)
                try write(
                    MessagePackBytes.string(String(index)) + Self.head([elements], stored.dtype, elements * size))
                try raw(UnsafeRawBufferPointer(rebasing: bytes[(start * size)..<((start + elements) * size)]))
            }
        }
    }

    /// Everything before the bytes of an array.
    private static func head(_ shape: [Int], _ dtype: DType, _ count: Int) -> [UInt8] {
        let inner =
            MessagePackBytes.array(3) + MessagePackBytes.array(shape.count) + shape.flatMap(MessagePackBytes.integer)
            + MessagePackBytes.string(dtype.rawValue) + MessagePackBytes.binary(count)
        return MessagePackBytes.extended(FlaxLayout.arrayType, inner.count + count) + inner
    }
}
