public import Foundation

/// The arrays of a state dict that `torch.save` wrote: `.pth`, `.pt`, `.bin`.
///
/// Both forms are read, the zip archive of PyTorch 1.6 and later and the plain stream of earlier versions, which the public
/// weights of the Inception network still have. Nothing in the file is ever executed: a pickle is a program, and only the
/// handful of instructions that describe dictionaries of tensors are understood; any class but those of tensors is
/// refused by name. (libtorch's own reader takes neither an `OrderedDict`, which every `state_dict()` is, nor the plain
/// stream.)
public struct PyTorchFile: Sendable {
    /// The arrays by their names in the state dict, row-major.
    public let arrays: [String: NumpyArray]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - limit: More bytes are refused; 8 GiB unless given.
    /// - Throws: ``FileError``: absent, empty, cut short, damaged, with other classes than tensors, or with element types
    ///   that ``NumpyArray`` does not have.
    public init(contentsOf url: URL, limit: Int = 1 << 33) throws {
        let start = try Self.start(of: url)
        guard !start.isEmpty else { throw FileError.empty(url.filePath) }
        switch start {
        case _ where start.starts(with: Array("PK\u{3}\u{4}".utf8)): arrays = try Self.zip(url, limit)
        case _ where start.starts(with: Self.magic.prefix(start.count)): arrays = try Self.stream(url, limit)
        default:
            throw FileError(
                .corrupt, url.filePath, "is not a file of PyTorch's torch.save",
                remedy: "Name a state dict, such as pt_inception-2015-12-05.pth.")
        }
    }

    /// The pickled number 0x1950a86a20f9469cfc6c, with which the plain stream begins.
    static let magic: [UInt8] =
        [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]

    private static func start(of url: URL) throws -> [UInt8] {
        let source = try FileDescriptor.source(url)
        return try [UInt8](unsafeUninitializedCapacity: magic.count) { buffer, count in
            count = try source(UnsafeMutableRawBufferPointer(buffer))
        }
    }

    // MARK: - The archive

    private static func zip(_ url: URL, _ limit: Int) throws -> [String: NumpyArray] {
        let reader = try ArchiveReader(url)
        var pickle: [UInt8]?
        var storages: [String: ArraySlice<UInt8>] = [:]
        var total = 0
        while let member = try reader.next() {
            // The members lie in one folder, whose name is that of the file at first.
            let path = member.path.split(separator: "/").dropFirst().joined(separator: "/")
            guard path == "data.pkl" || path == "byteorder" || path.hasPrefix("data/") else { continue }
            let content = try reader.contents(limit: limit - total)
            total += content.count
            let key = path.hasPrefix("data/") ? String(path.dropFirst(5)) : nil
            guard key.flatMap({ storages[$0] }) == nil, path != "data.pkl" || pickle == nil else {
                throw FileError.corrupt(url.filePath, "\(member.path) is there twice")
            }
            if path == "data.pkl" { pickle = content }
            if let key { storages[key] = content[...] }
            guard path != "byteorder" || content.starts(with: Array("little".utf8)) else {
                throw FileError(
                    .unsupported, url.filePath, "was written on a big-endian machine",
                    remedy: "Load and save it again on another.")
            }
        }
        guard let pickle else {
            throw FileError(
                .mismatch, url.filePath, "is an archive without data.pkl", remedy: "Name a file that torch.save wrote.")
        }
        var unpickler = Unpickler(pickle[...], name: url.filePath)
        let object = try unpickler.value()
        return try arrays(of: object, unpickler.arena, storages, url.filePath)
    }

    // MARK: - The stream

    /// Magic number, version, facts of the machine, the object, the keys of the storages, then each with its count.
    private static func stream(_ url: URL, _ limit: Int) throws -> [String: NumpyArray] {
        let name = url.filePath
        let bytes = try readBytes(of: url)
        guard bytes.count <= limit else { throw FileError.tooLarge(name, "it takes more than \(Memory.text(limit))") }
        var unpickler = Unpickler(bytes.dropFirst(magic.count), name: name)
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
        var rest = unpickler.rest
        var storages: [String: ArraySlice<UInt8>] = [:]
        for case .string(let key) in unpickler.arena.lists[keys] {
            guard let storage = unpickler.storages[key] else {
                throw FileError.corrupt(name, "storage \(key) is unknown")
            }
            guard rest.count >= 8 else { throw FileError.truncated(name, "storage \(key) is missing") }
            let count = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
            guard count == UInt64(storage.count) else {
                throw FileError.corrupt(name, "storage \(key) has a wrong size")
            }
            let size = storage.byteCount
            guard rest.count >= size else { throw FileError.truncated(name, "storage \(key) ends early") }
            storages[key] = rest.prefix(size)
            rest = rest.dropFirst(size)
        }
        return try arrays(of: object, unpickler.arena, storages, name)
    }

    // MARK: - What is in it

    private static func arrays(
        of object: PickleValue, _ arena: PickleArena, _ storages: [String: ArraySlice<UInt8>], _ name: String
    ) throws -> [String: NumpyArray] {
        guard case .dictionary(let dictionary) = object else {
            throw FileError(
                .mismatch, name, "holds \(object.kind), not a dictionary of tensors",
                remedy: "Save the `state_dict()` of the network.")
        }
        var arrays: [String: NumpyArray] = [:]
        for (key, value) in arena.dictionaries[dictionary] {
            guard case .tensor(let tensor) = value else {
                throw FileError(
                    .mismatch, name, "holds \(value.kind) under '\(key)', where a state dict has a tensor",
                    remedy: "Save the `state_dict()` of the network, nothing around it.")
            }
            guard let bytes = storages[tensor.storage.key] else {
                throw FileError.truncated(name, "the numbers of '\(key)' are missing")
            }
            arrays[key] = try tensor.array(from: bytes, key, in: name)
        }
        return arrays
    }
}
