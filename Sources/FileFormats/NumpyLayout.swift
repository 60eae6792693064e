public import Foundation

/// Type and shape of a stored array, read from its header without its elements.
public struct NumpyLayout: Sendable, Hashable {
    /// The type of the elements.
    public let elementType: NumpyArray.ElementType
    /// The extents.
    public let shape: [Int]

    /// The layout of the array in a `.npy` file.
    ///
    /// - Throws: ``FileError``: absent, empty, damaged, or of a dtype that is not read.
    public init(contentsOf url: URL) throws {
        self.init(try NumpyHeader(reading: FileDescriptor.source(url), name: url.filePath))
    }

    /// The layouts of the arrays in a `.npz` file by name, without `.npy`; of those only whose dtype is read.
    ///
    /// - Throws: ``FileError``: absent, empty or damaged.
    public static func arrays(in url: URL) throws -> [String: NumpyLayout] {
        let archive = try ArchiveReader(url)
        var layouts: [String: NumpyLayout] = [:]
        while let member = try archive.next() {
            guard member.name.hasSuffix(".npy") else { continue }
            do {
                let header = try NumpyHeader(
                    reading: { try archive.read(into: $0) }, name: "\(url.filePath):\(member.path)")
                layouts[String(member.path.dropLast(4))] = NumpyLayout(header)
            } catch let error as FileError where error.code == .unsupported {
                // Text and objects do no harm to the arrays beside them.
                continue
            }
        }
        return layouts
    }

    private init(_ header: NumpyHeader) { (elementType, shape) = (header.elementType, header.shape) }
}
