internal import CLibArchive
public import Foundation

/// Named arrays in a `.npz` file: a zip archive of `.npy` files.
///
/// `numpy.load` reads what is written here, and this reads what `numpy.savez` and `numpy.savez_compressed` write. Samples
/// for the evaluation suite of ADM are `arr_0`, `uint8 [N, H, W, C]`, and `arr_1`, `int64 [N]` labels.
public struct NumpyArchive: Sendable {
    /// How the arrays are stored.
    public enum Compression: Sendable, Hashable {
        /// As they are, like `numpy.savez`.
        case stored
        /// Deflated, like `numpy.savez_compressed`.
        case deflated
    }

    /// The arrays by name, without `.npy`.
    public var arrays: [String: NumpyArray]
    /// Names of all arrays of the file, read or not, in alphabetical order.
    public var names: [String] { others.union(arrays.keys).sorted() }
    private var source = "the archive"
    /// Names of all arrays of the file, read or not.
    private var others: Set<String> = []

    /// Creates an archive of named arrays.
    ///
    /// - Parameter arrays: The arrays by name, without `.npy`.
    public init(_ arrays: [String: NumpyArray] = [:]) { self.arrays = arrays }

    /// Creates an archive of arrays that are called `arr_0`, `arr_1` and so on, as NumPy calls positional arguments.
    ///
    /// - Parameter arrays: The arrays in order.
    public init(_ arrays: [NumpyArray]) {
        let names = arrays.indices.map { "arr_\($0)" }
        self.init(Dictionary(uniqueKeysWithValues: zip(names, arrays)))
    }

    /// Reads a `.npz` file.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - names: The arrays to read, without `.npy`; all of them if `nil`. The others may be of any dtype and size: they are
    ///     not read.
    /// - Throws: ``FileError``: absent, empty, damaged, cut short, an array missing, there twice or of a dtype that is not
    ///   read.
    public init(contentsOf url: URL, names: Set<String>? = nil) throws {
        self.init()
        let found = try Self.read(url, into: &self) { names?.contains($0) ?? true }
        for name in names?.subtracting(found).sorted() ?? [] {
            throw Self.missing(name, in: source, among: found)
        }
    }

    /// Reads those of the named arrays that a `.npz` file has, and nothing of the others.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - names: Names of arrays, without `.npy`.
    /// - Throws: As ``init(contentsOf:names:)``, except for arrays that are missing.
    public init(contentsOf url: URL, ifPresent names: Set<String>) throws {
        self.init()
        others = try Self.read(url, into: &self) { names.contains($0) }
    }

    private static func read(
        _ url: URL, into archive: inout NumpyArchive, where isWanted: (String) -> Bool
    ) throws -> Set<String> {
        archive.source = url.filePath
        let reader = try ArchiveReader(url)
        var found = Set<String>()
        while let member = try reader.next() {
            guard member.name.hasSuffix(".npy") else { continue }
            let name = String(member.path.dropLast(4))
            let place = "\(url.filePath):\(member.path)"
            let isNew = found.insert(name).inserted
            guard isWanted(name) else { continue }
            guard isNew else {
                throw FileError(
                    .corrupt, place, "is there twice", remedy: "Write the file again, with different names of arrays.")
            }
            archive.arrays[name] = try NumpyArray(decoding: reader.contents(), name: place)
        }
        return found
    }

    /// The array of a name.
    ///
    /// - Parameters:
    ///   - name: Its name, without `.npy`.
    ///   - elementType: The dtype that it must have, if any.
    /// - Throws: ``FileError`` that names what is there instead.
    public func array(_ name: String, elementType: NumpyArray.ElementType? = nil) throws -> NumpyArray {
        guard let array = arrays[name] else { throw Self.missing(name, in: source, among: others.union(arrays.keys)) }
        if let elementType, array.elementType != elementType {
            throw FileError(
                .mismatch, source, "'\(name)' is \(array.elementType.name), not \(elementType.name)",
                remedy: "Convert it: `\(name).astype('\(elementType.name)')`.")
        }
        return array
    }

    /// Writes a `.npz` file, in full or not at all; the same bytes for the same arrays.
    ///
    /// - Parameters:
    ///   - url: The destination; its folder must exist.
    ///   - compression: Stored unless stated.
    /// - Throws: ``FileError``: a full disk, a missing or protected folder.
    public func write(to url: URL, compression: Compression = .stored) throws {
        try AtomicFile.replace(url) { aside in
            let writer = try ZipWriter(aside.filePath, deflates: compression == .deflated)
            for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
                try writer.add(name + ".npy", [NumpyHeader.encode(array.elementType, shape: array.shape), array.bytes])
            }
            try writer.finish()
        }
    }

    static func missing(_ name: String, in source: String, among names: Set<String>) -> FileError {
        let names = names.map { $0.hasSuffix(".npy") ? String($0.dropLast(4)) : $0 }
        let there = names.isEmpty ? "no arrays" : names.sorted().map { "'\($0)'" }.joined(separator: ", ")
        return FileError(
            .mismatch, source, "has no array '\(name)': it has \(there)", remedy: "Name the arrays in `numpy.savez`.")
    }
}
