public import Foundation

/// Everything that `torch.save` put into a file: state dicts inside of dictionaries, numbers, texts, with tensors as places in the file.
///
/// A training checkpoint is such a file: `{"model": ..., "ema": ..., "opt": ..., "args": ...}`. Nothing is executed, as ``PyTorchFile``
/// says, and no tensor is read before it is asked for, so that a file of any size takes little memory. Both forms are read, the
/// zip archive and the plain stream of before PyTorch 1.6.
public struct PyTorchCheckpoint: Sendable {
    /// A value of a file.
    public indirect enum Value: Sendable {
        case tensor(PyTorchTensor)
        case dictionary([String: Value])
        case list([Value])
        case number(Double)
        case string(String)
        case boolean(Bool)
        case none
        /// Something of which nothing is kept, by what it was.
        case other(String)
    }

    /// Value that was saved.
    public let root: Value

    /// Reads the description of a file, and none of its tensors.
    ///
    /// - Throws: ``FileError``: absent, empty, cut short, damaged, or with calls that weights do not need.
    public init(contentsOf url: URL) throws {
        let file = try FileBytes(url)
        let name = url.filePath
        guard file.count > 0 else { throw FileError.empty(name) }
        let start = try file.bytes(at: 0, PyTorchFile.magic.count)
        let content: Content
        if start.starts(with: [0x50, 0x4B, 3, 4]) {
            content = try Self.zip(file, name)
        } else if start.starts(with: PyTorchFile.magic) {
            content = try Self.stream(file, name)
        } else {
            throw FileError(
                .corrupt, name, "is not a file of PyTorch's torch.save", remedy: "Name a .pt, .pth, .ckpt or .bin file."
            )
        }
        var tree = PyTorchTree(arena: content.arena, places: content.places, file: file, name: name)
        root = try tree.value(content.object, depth: 0)
    }

    /// The object, and the places of the storages' bytes by key.
    private struct Content {
        let object: PickleValue
        let arena: PickleArena
        let places: [String: Range<Int>]
    }

    /// Pickles are descriptions: one that is larger is none.
    private static let largestPickle = 1 << 28

    // MARK: The archive

    private static func zip(_ file: FileBytes, _ name: String) throws -> Content {
        let members = try ZipDirectory.members(in: file)
        guard !members.isEmpty else { throw FileError.truncated(name, "the directory of the archive is missing") }
        var places: [String: Range<Int>] = [:]
        var pickle: Range<Int>?
        for member in members {
            // The members lie in one folder, whose name is that of the file at first.
            let path = member.name.split(separator: "/").dropFirst().joined(separator: "/")
            guard path == "data.pkl" || path == "byteorder" || path.hasPrefix("data/") else { continue }
            let range = try member.content(in: file, name)
            switch path {
            case "data.pkl" where pickle == nil: pickle = range
            case "byteorder":
                let order = try file.bytes(at: range.lowerBound, min(range.count, 16))
                guard order.starts(with: Array("little".utf8)) else {
                    throw FileError(
                        .unsupported, name, "was written on a big-endian machine",
                        remedy: "Load and save it again on another.")
                }
            case "data.pkl": throw FileError.corrupt(name, "\(path) is there twice")
            default:
                guard places.updateValue(range, forKey: String(path.dropFirst(5))) == nil else {
                    throw FileError.corrupt(name, "\(path) is there twice")
                }
            }
        }
        guard let pickle else {
            throw FileError(
                .mismatch, name, "is an archive without data.pkl", remedy: "Name a file that torch.save wrote.")
        }
        guard pickle.count <= largestPickle else {
            throw FileError.tooLarge(name, "its description has \(pickle.count) bytes")
        }
        var unpickler = Unpickler(try file.bytes(at: pickle.lowerBound, pickle.count)[...], name: name)
        let object = try unpickler.value()
        return Content(object: object, arena: unpickler.arena, places: places)
    }

    // MARK: The stream

    /// Magic number, version, facts of the machine, the object, the keys of the storages, then each with its count.
    private static func stream(_ file: FileBytes, _ name: String) throws -> Content {
        // How long the pickles are only shows when they end: most of a file is storages.
        var length = 1 << 20
        while true {
            do {
                return try stream(file, name, length)
            } catch let error as FileError where error.code == .truncated && length < min(file.count, largestPickle) {
                length *= 8
            }
        }
    }

    private static func stream(_ file: FileBytes, _ name: String, _ length: Int) throws -> Content {
        let bytes = try file.bytes(at: 0, min(length, file.count))
        var unpickler = Unpickler(bytes.dropFirst(PyTorchFile.magic.count), name: name)
        guard case .integer(1001) = try unpickler.value() else {
            throw FileError(
                .unsupported, name, "has an unknown version of torch.save's format",
                remedy: "Load it in PyTorch and save it again.")
        }
        _ = try unpickler.value()
        let object = try unpickler.value()
        guard case .list(let keys) = try unpickler.value() else {
            throw FileError.corrupt(name, "the list of its storages is missing")
        }
        var place = unpickler.rest.startIndex
        var places: [String: Range<Int>] = [:]
        for case .string(let key) in unpickler.arena.lists[keys] {
            guard let storage = unpickler.storages[key], places[key] == nil else {
                throw FileError.corrupt(name, "storage \(key) is unknown, or there twice")
            }
            let head = try file.bytes(at: place, 8)
            let count = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard head.count == 8, storage.byteCount <= file.count - place - 8 else {
                throw FileError.truncated(name, "storage \(key) ends early")
            }
            guard count == UInt64(storage.count) else {
                throw FileError.corrupt(name, "storage \(key) has a wrong size")
            }
            places[key] = (place + 8)..<(place + 8 + storage.byteCount)
            place += 8 + storage.byteCount
        }
        return Content(object: object, arena: unpickler.arena, places: places)
    }
}

/// A tensor of a ``PyTorchCheckpoint``: what is known of it, and its place.
public struct PyTorchTensor: Sendable {
    /// Name of the type as PyTorch and NumPy have it, such as `float32` or `bfloat16`.
    public let dtype: String
    /// Sizes of the dimensions.
    public let shape: [Int]
    private let tensor: PickledTensor
    private let place: Range<Int>
    private let file: FileBytes

    init(_ tensor: PickledTensor, at place: Range<Int>, in file: FileBytes) {
        (dtype, shape) = ("\(tensor.storage.type)", tensor.shape)
        (self.tensor, self.place, self.file) = (tensor, place, file)
    }

    /// Bytes of the elements in row-major order.
    public var byteCount: Int { shape.reduce(1, *) * tensor.storage.type.size }

    /// Reads the elements in row-major order into a buffer of ``byteCount`` bytes.
    ///
    /// Elements in another order in the file are read with all of the storage that they are a view of.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws {
        precondition(buffer.count == byteCount, "the buffer does not fit the tensor")
        guard byteCount > 0 else { return }
        let size = tensor.storage.type.size
        guard tensor.strides != tensor.rowMajorStrides else {
            return try file.read(at: place.lowerBound + tensor.offset * size, into: buffer)
        }
        try Memory.require(place.count, for: "a tensor")
        let bytes = try file.bytes(at: place.lowerBound, place.count)
        guard bytes.count == place.count else { throw FileError.truncated("a tensor", "its storage ends early") }
        for index in 0..<(byteCount / size) {
            var (rest, position) = (index, tensor.offset * size)
            for axis in shape.indices.reversed() {
                position += rest % shape[axis] * tensor.strides[axis] * size
                rest /= shape[axis]
            }
            for byte in 0..<size { buffer[index * size + byte] = bytes[position + byte] }
        }
    }
}

/// Values of an arena as a tree.
private struct PyTorchTree {
    private static let deepest = 12
    private static let most = 1 << 20

    let arena: PickleArena
    let places: [String: Range<Int>]
    let file: FileBytes
    let name: String
    var count = 0

    mutating func value(_ value: PickleValue, depth: Int) throws -> PyTorchCheckpoint.Value {
        count += 1
        guard depth <= Self.deepest, count <= Self.most else {
            throw FileError(
                .unsupported, name,
                "holds more than \(Self.most) values, or values that lie too deep within each other",
                remedy: "Load it in PyTorch, if you trust it, and save the `state_dict()` alone.")
        }
        switch value {
        case .none: return .none
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .number(Double(value))
        case .float(let value): return .number(value)
        case .string(let value): return .string(value)
        case .tensor(let tensor): return try .tensor(located(tensor))
        case .dictionary(let number):
            var values: [String: PyTorchCheckpoint.Value] = [:]
            for (key, value) in arena.dictionaries[number] { values[key] = try self.value(value, depth: depth + 1) }
            return .dictionary(values)
        case .list(let number): return try .list(arena.lists[number].map { try self.value($0, depth: depth + 1) })
        case .tuple(let values): return try .list(values.map { try self.value($0, depth: depth + 1) })
        case .bytes, .global, .storage, .numberType, .other: return .other(value.kind)
        }
    }

    private func located(_ tensor: PickledTensor) throws -> PyTorchTensor {
        guard let place = places[tensor.storage.key] else {
            throw FileError.truncated(name, "the numbers of a tensor \(tensor.shape) are missing")
        }
        guard place.count == tensor.storage.byteCount else {
            throw FileError.truncated(
                name, "a storage has \(place.count) bytes instead of \(tensor.storage.byteCount)")
        }
        guard tensor.shape.count <= 16, let last = tensor.lastElement, last < tensor.storage.count else {
            throw FileError.corrupt(name, "a tensor reaches beyond its storage")
        }
        return PyTorchTensor(tensor, at: place, in: file)
    }
}
