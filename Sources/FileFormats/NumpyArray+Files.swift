public import Foundation

extension NumpyArray {
    /// Reads a `.npy` file of version 1.0, 2.0 or 3.0.
    ///
    /// Big-endian elements are swapped and Fortran order is brought to row-major order. Python objects are refused.
    ///
    /// - Parameter url: The file.
    /// - Throws: ``FileError``: absent, empty, damaged, cut short, or of a dtype that is not read.
    public init(contentsOf url: URL) throws { try self.init(decoding: readBytes(of: url), name: url.filePath) }

    /// Decodes the content of a `.npy` file; see ``init(contentsOf:)``.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: What errors call it.
    /// - Throws: ``FileError``.
    public init(decoding bytes: [UInt8], name: String) throws {
        let header = try NumpyHeader(bytes[...], name: name)
        let content = bytes[header.length...]
        guard content.count >= header.contentLength else {
            let (found, needed) = (content.count, header.contentLength)
            throw FileError.truncated(name, "shape \(header.shape) needs \(needed) bytes, and \(found) are there")
        }
        guard content.count == header.contentLength else {
            throw FileError.corrupt(name, "\(content.count - header.contentLength) bytes follow the array")
        }
        try Memory.require(header.contentLength, for: name)
        let isScattered = header.isFortranOrder && header.shape.count > 1
        let elements =
            isScattered
            ? Self.rowMajor(content, shape: header.shape, size: header.elementType.size) : Array(content)
        self.init(
            elementType: header.elementType, shape: header.shape, isBigEndian: header.isBigEndian, content: elements)
    }

    /// Creates an array from elements in the byte order of a file.
    init(elementType: ElementType, shape: [Int], isBigEndian: Bool, content: [UInt8]) {
        var content = content
        if isBigEndian, elementType.size > 1 { Self.swapBytes(&content, size: elementType.size) }
        // Any other byte than 0 is true; Swift's Bool may only be 0 or 1.
        if elementType == .bool { content = content.map { $0 == 0 ? 0 : 1 } }
        self.init(elementType: elementType, shape: shape, bytes: content)
    }

    /// The array as the content of a `.npy` file, the same bytes that NumPy 2 writes.
    public func npyData() -> [UInt8] { NumpyHeader.encode(elementType, shape: shape) + bytes }

    /// Writes a `.npy` file, in full or not at all.
    ///
    /// - Parameter url: The destination; its folder must exist.
    /// - Throws: ``FileError``: a full disk, a missing or protected folder.
    public func write(to url: URL) throws { try AtomicFile.write(npyData(), to: url) }

    private static func swapBytes(_ bytes: inout [UInt8], size: Int) {
        for start in stride(from: 0, to: bytes.count, by: size) { bytes[start..<start + size].reverse() }
    }

    /// Reorders elements whose first index varies fastest such that the last one does.
    private static func rowMajor(_ bytes: ArraySlice<UInt8>, shape: [Int], size: Int) -> [UInt8] {
        let strides = shape.dropLast().reduce(into: [1]) { $0.append($0[$0.count - 1] * $1) }
        var index = [Int](repeating: 0, count: shape.count)
        var result = [UInt8]()
        result.reserveCapacity(bytes.count)
        for _ in 0..<bytes.count / size {
            let start = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } * size + bytes.startIndex
            result += bytes[start..<start + size]
            for axis in shape.indices.reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
        }
        return result
    }
}
