internal import FileFormats
public import Foundation
internal import Torch
public import TorchNN

/// A tree of arrays as flax serialises it in MessagePack, such as `ema_params.msgpack`.
///
/// Leaves are extensions of type 1 that hold shape, name of the type and bytes; arrays beyond 2^30 bytes are maps of chunks. The file
/// is indexed once, without its numbers; each tensor is read straight into its memory when it is asked for, so that never more than one is
/// held beside a network.
public struct FlaxFile: Sendable {
    /// Place of the file.
    public let url: URL
    /// The tensors by names whose parts are joined by `/`, as the file lays them out: kernels [in, out] or HWIO.
    public let tensors: [String: StoredTensor]
    /// Numbers in the tree that are no arrays, by name.
    public let numbers: [String: Double]

    /// Indexes a file; an outer `params` that holds all is left out.
    ///
    /// - Throws: An error that says what is damaged, or which type is not served.
    public init(_ url: URL) throws {
        self.url = url
        let file = try FileBytes(url)
        var reader = MessagePackReader(file, name: url.path)
        var index = FlaxIndex(file: file, path: url.path)
        try index.add(try reader.only(), at: [])
        (tensors, numbers) = (Self.unwrapped(index.tensors), index.numbers)
    }

    private static func unwrapped(_ tensors: [String: StoredTensor]) -> [String: StoredTensor] {
        let outer = "params/"
        guard !tensors.isEmpty, tensors.keys.allSatisfy({ $0.hasPrefix(outer) }) else { return tensors }
        return Dictionary(uniqueKeysWithValues: tensors.map { (String($0.key.dropFirst(outer.count)), $0.value) })
    }
}

/// Arrays of a tree, as they are found.
private struct FlaxIndex {
    let file: FileBytes
    let path: String
    var tensors: [String: StoredTensor] = [:]
    var numbers: [String: Double] = [:]

    mutating func add(_ value: MessagePackValue, at names: [String]) throws {
        let name = names.joined(separator: "/")
        switch value {
        case .map(let pairs) where pairs.contains { $0.key == FlaxLayout.chunkMark }:
            try insert(try chunked(pairs, name), name)
        case .map(let pairs):
            for pair in pairs { try add(pair.value, at: names + [pair.key]) }
        case .extended(FlaxLayout.arrayType, let range): try insert(try array(range, name).tensor, name)
        // A number of NumPy is laid out as an array without dimensions.
        case .extended(FlaxLayout.scalarType, let range): try insert(try array(range, name).tensor, name)
        case .integer(let number): numbers[name] = Double(number)
        case .float(let number): numbers[name] = number
        case .null where !names.isEmpty: break
        default: throw damaged("'\(name)' is \(value.kind), not an array")
        }
    }

    private mutating func insert(_ tensor: StoredTensor, _ name: String) throws {
        guard !name.isEmpty, tensors.updateValue(tensor, forKey: name) == nil else {
            throw damaged("the array '\(name)' has no name of its own")
        }
    }

    private func array(_ range: Range<Int>, _ name: String) throws -> (tensor: StoredTensor, bytes: Range<Int>) {
        var reader = MessagePackReader(file, name: path, in: range)
        guard case .array(let parts) = try reader.only(), parts.count == 3, case .array(let sizes) = parts[0],
            case .string(let type) = parts[1], case .binary(let bytes) = parts[2]
        else { throw damaged("'\(name)' is not described by shape, type and bytes") }
        let shape = sizes.compactMap { if case .integer(let size) = $0, size >= 0 { size } else { nil } }
        guard shape.count == sizes.count, shape.count <= 16 else { throw damaged("'\(name)' has no shape") }
        guard let dtype = FlaxLayout.dtype(type) else {
            throw ArtifactError(
                path, "'\(name)' has the type '\(type)', which is not served",
                remedy: "Convert it to one of \(DType.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        guard let count = FlaxLayout.byteCount(shape, dtype), count == bytes.count else {
            throw damaged("'\(name)' of \(type) \(shape) has \(bytes.count) bytes")
        }
        return (stored(shape, dtype, [bytes]), bytes)
    }

    /// `{__msgpack_chunked_array__: true, shape: {"0": n, ...}, chunks: {"0": array, ...}}`, the chunks flat.
    private func chunked(_ pairs: [MessagePackValue.Pair], _ name: String) throws -> StoredTensor {
        let parts = Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, $0.value) })
        let sizes = try numbered(parts["shape"], name)
        let shape = sizes.compactMap { if case .integer(let size) = $0, size >= 0 { size } else { nil } }
        let chunks = try numbered(parts["chunks"], name).map { chunk in
            guard case .extended(FlaxLayout.arrayType, let range) = chunk else {
                throw damaged("'\(name)' has a chunk that is no array")
            }
            return try array(range, name)
        }
        guard shape.count == sizes.count, shape.count <= 16, let first = chunks.first,
            chunks.allSatisfy({ $0.tensor.dtype == first.tensor.dtype }),
            FlaxLayout.byteCount(shape, first.tensor.dtype) == chunks.reduce(0, { $0 + $1.bytes.count })
        else { throw damaged("the chunks of '\(name)' do not fill its shape") }
        return stored(shape, first.tensor.dtype, chunks.map(\.bytes))
    }

    /// The values of a map whose keys are "0", "1", ...
    private func numbered(_ value: MessagePackValue?, _ name: String) throws -> [MessagePackValue] {
        guard case .map(let pairs)? = value else { throw damaged("'\(name)' lacks its shape or its chunks") }
        let byKey = Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, $0.value) })
        return try pairs.indices.map { index in
            guard let value = byKey[String(index)] else { throw damaged("'\(name)' lacks its part \(index)") }
            return value
        }
    }

    private func stored(_ shape: [Int], _ dtype: DType, _ pieces: [Range<Int>]) -> StoredTensor {
        StoredTensor(dtype: dtype, shape: shape) { [file] in
            let tensor = Tensor.empty(shape, dtype: dtype)
            guard tensor.count > 0 else { return tensor }
            try tensor.withUnsafeMutableBytes { memory in
                var place = 0
                for piece in pieces {
                    try file.read(
                        at: piece.lowerBound,
                        into: UnsafeMutableRawBufferPointer(rebasing: memory[place..<(place + piece.count)]))
                    place += piece.count
                }
            }
            return tensor
        }
    }

    private func damaged(_ what: String) -> ArtifactError {
        ArtifactError(path, "\(what)", remedy: "The file is damaged or not of flax: fetch or export it again.")
    }
}

/// Facts of flax's format.
enum FlaxLayout {
    static let arrayType: Int8 = 1
    static let scalarType: Int8 = 3
    static let chunkMark = "__msgpack_chunked_array__"
    /// Bytes beyond which an array is written in chunks.
    static let largestArray = 1 << 30

    static func dtype(_ name: String) -> DType? { DType(rawValue: name) }

    static func byteCount(_ shape: [Int], _ dtype: DType) -> Int? {
        shape.reduce(dtype.byteCount as Int?) { product, size in
            guard let (value, overflow) = product?.multipliedReportingOverflow(by: size), !overflow else { return nil }
            return value
        }
    }
}
