public import Foundation

/// Reads an array a few rows at a time, so that memory does not grow with the file.
///
/// ```swift
/// let images = try NumpyRows(contentsOf: url, name: "arr_0")
/// while let batch = try images.next(256) { statistics.update(batch) }
/// ```
public final class NumpyRows {
    /// The type of the elements.
    public let elementType: NumpyArray.ElementType
    /// The extents of the whole array; the first one counts its rows.
    public let shape: [Int]

    private let place: String
    private let source: ByteSource
    private let header: NumpyHeader
    private var rowsLeft: Int

    /// Opens an array.
    ///
    /// - Parameters:
    ///   - url: A `.npy` file, or a `.npz` archive.
    ///   - name: The array of the archive, without `.npy`; `nil` for a `.npy` file.
    /// - Throws: ``FileError``: absent, empty, damaged, no such array, no rows, or an order or dtype that is not read.
    public init(contentsOf url: URL, name: String? = nil) throws {
        if let name {
            let archive = try ArchiveReader(url)
            var names = Set<String>()
            while let member = try archive.next(), member.path != name + ".npy" { names.insert(member.path) }
            guard archive.isAtFile else { throw NumpyArchive.missing(name, in: url.filePath, among: names) }
            place = "\(url.filePath):\(name).npy"
            source = { try archive.read(into: $0) }
        } else {
            place = url.filePath
            source = try FileDescriptor.source(url)
        }
        header = try NumpyHeader(reading: source, name: place)
        guard let rows = header.shape.first else {
            throw FileError(.mismatch, place, "is a single number, without rows", remedy: "Save an array.")
        }
        guard !header.isFortranOrder || header.shape.count == 1 else {
            throw FileError(
                .unsupported, place, "lies in Fortran order, whose rows are scattered",
                remedy: "Save `numpy.ascontiguousarray(array)`.")
        }
        elementType = header.elementType
        shape = header.shape
        rowsLeft = rows
    }

    /// Reads the next rows.
    ///
    /// - Parameter count: How many at most, at least 1.
    /// - Returns: An array of `count` rows, fewer at the end; `nil` after the last.
    /// - Throws: ``FileError``: damaged or cut short.
    public func next(_ count: Int) throws -> NumpyArray? {
        precondition(count > 0, "at least one row is read")
        guard rowsLeft > 0 else { return nil }
        let rows = min(count, rowsLeft)
        let shape = [rows] + shape.dropFirst()
        let size = shape.reduce(elementType.size, *)
        let content = try NumpyHeader.read(size, from: source)
        guard content.count == size else {
            throw FileError.truncated(place, "\(rowsLeft) of \(self.shape[0]) rows are missing or incomplete")
        }
        rowsLeft -= rows
        if rowsLeft == 0 { try checkEnd() }
        return NumpyArray(elementType: elementType, shape: shape, isBigEndian: header.isBigEndian, content: content)
    }

    /// Reading on behind the last row lets an archive verify the checksum.
    private func checkEnd() throws {
        guard try NumpyHeader.read(1, from: source).isEmpty else {
            throw FileError.corrupt(place, "more bytes follow the array")
        }
    }
}
