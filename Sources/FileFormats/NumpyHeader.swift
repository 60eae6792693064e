/// The header of a `.npy` file: magic, version, and a Python dictionary that describes the array.
struct NumpyHeader {
    /// What the dictionary says.
    let elementType: NumpyArray.ElementType
    let isBigEndian: Bool
    let isFortranOrder: Bool
    let shape: [Int]
    /// Bytes of the header; the elements follow.
    let length: Int

    /// Bytes of the elements.
    let contentLength: Int

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Reads a header.
    ///
    /// Versions 1.0, 2.0 and 3.0 are read; they differ in the size of the length and the encoding of field names.
    init(_ bytes: ArraySlice<UInt8>, name: String) throws(FileError) {
        let header = try Self.dictionary(bytes, name: name)
        var parser = PythonLiteral(header)
        guard case .dictionary(let entries) = parser.parse() else {
            throw .corrupt(name, "the .npy header is not a Python dictionary")
        }
        guard case .string(let descriptor) = entries["descr"] else {
            guard case .sequence = entries["descr"] else { throw .corrupt(name, "the .npy header names no dtype") }
            throw Self.unsupported(name, "a structured dtype", "Save its fields as arrays of their own.")
        }
        guard case .bool(let isFortranOrder) = entries["fortran_order"] else {
            throw .corrupt(name, "the .npy header does not say in which order the elements lie")
        }
        self.isFortranOrder = isFortranOrder
        (elementType, isBigEndian) = try Self.type(descriptor, name: name)
        shape = try Self.shape(entries["shape"], name: name)
        contentLength = try Self.size(shape, elementType, name: name)
        length = header.endIndex - bytes.startIndex
    }

    /// Reads a header and nothing behind it.
    init(reading source: ByteSource, name: String) throws {
        let start = try Self.read(Self.startLength, from: source)
        let end = try Self.range(start[...], name: name).upperBound
        guard end <= 1 << 20 else { throw FileError.corrupt(name, "the .npy header claims \(end) bytes") }
        try self.init((start + Self.read(end - start.count, from: source))[...], name: name)
    }

    /// So many bytes; fewer at the end of the source.
    static func read(_ count: Int, from source: ByteSource) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try source(
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
        }
    }

    /// Bytes at the start of a file from which ``range(_:name:)`` can tell where the dictionary lies.
    static let startLength = 12

    /// Finds the dictionary behind magic, version and length.
    private static func dictionary(_ bytes: ArraySlice<UInt8>, name: String) throws(FileError) -> ArraySlice<UInt8> {
        let range = try range(bytes, name: name)
        guard range.upperBound <= bytes.endIndex else { throw .truncated(name, "the .npy header ends early") }
        return bytes[range]
    }

    /// Where the dictionary of a file lies that begins with the bytes.
    static func range(_ bytes: ArraySlice<UInt8>, name: String) throws(FileError) -> Range<Int> {
        guard !bytes.isEmpty else { throw .empty(name) }
        guard bytes.starts(with: magic.prefix(bytes.count)) else {
            throw FileError(
                .corrupt, name, "is not a .npy array", remedy: "Save it with numpy.save, or check the path.")
        }
        guard bytes.count >= startLength else { throw .truncated(name, "the .npy header ends early") }
        let version = bytes[bytes.startIndex + 6]
        guard (1...3).contains(version) else {
            throw unsupported(name, "version \(version) of the format", "Save it again with numpy.save.")
        }
        // Little-endian; two bytes in version 1, four since.
        let field = version == 1 ? 2 : 4
        let start = bytes.startIndex + 8 + field
        let length = bytes[start - field..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
        return start..<start + length
    }

    /// Kinds of elements that are no numbers here, by NumPy's letter for them.
    private static let kinds: [Character: (what: String, remedy: String)] = [
        "c": ("complex numbers", "Save real and imaginary parts as arrays of their own: `array.real`, `array.imag`."),
        "U": ("text", "Save numbers: `array.astype('float32')`, or the numbers of the classes."),
        "S": ("text", "Save numbers: `array.astype('float32')`, or the numbers of the classes."),
        "M": ("dates", "Save numbers: `array.astype('int64')`."),
        "m": ("differences of time", "Save numbers: `array.astype('int64')`."),
        "V": ("raw bytes", "Save numbers: `array.view('float32')`, or the type that the bytes are of."),
    ]

    private static func type(
        _ descriptor: String, name: String
    ) throws(FileError) -> (NumpyArray.ElementType, isBigEndian: Bool) {
        let order = descriptor.first.map { "<>|=".contains($0) ? String($0) : "" } ?? ""
        let code = String(descriptor.dropFirst(order.count))
        if let type = NumpyArray.ElementType(rawValue: code) { return (type, order == ">") }
        if code.hasPrefix("O") {
            throw unsupported(
                name, "Python objects (dtype object), which are never loaded as they can run code",
                "Save numbers only: `array.astype('float32')`.")
        }
        if let kind = code.first.flatMap({ Self.kinds[$0] }) {
            throw unsupported(name, "\(kind.what) (dtype '\(descriptor)')", kind.remedy)
        }
        let known = NumpyArray.ElementType.allCases.map(\.name).joined(separator: ", ")
        throw unsupported(name, "dtype '\(descriptor)'", "Convert it with `array.astype(...)` to one of \(known).")
    }

    private static func shape(_ literal: PythonLiteral.Value?, name: String) throws(FileError) -> [Int] {
        guard case .sequence(let items) = literal else { throw .corrupt(name, "the .npy header has no shape") }
        var shape = [Int]()
        for item in items {
            guard case .integer(let extent) = item, extent >= 0 else {
                throw .corrupt(name, "the shape in the .npy header is not a list of extents")
            }
            shape.append(extent)
        }
        return shape
    }

    private static func size(
        _ shape: [Int], _ type: NumpyArray.ElementType, name: String
    ) throws(FileError) -> Int {
        var size = type.size
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw .corrupt(name, "the shape \(shape) in the .npy header is impossible") }
            size = product
        }
        return size
    }

    private static func unsupported(_ name: String, _ what: String, _ remedy: String) -> FileError {
        FileError(.unsupported, name, "the array has \(what)", remedy: remedy)
    }

    /// The header that NumPy 2 writes for an array, byte for byte: version 1.0, padded to a multiple of 64 bytes.
    static func encode(_ type: NumpyArray.ElementType, shape: [Int]) -> [UInt8] {
        let extents = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
        let code = (type.size == 1 ? "|" : "<") + type.rawValue
        var text = "{'descr': '\(code)', 'fortran_order': False, 'shape': (\(extents)), }"
        // NumPy leaves room for the first extent to grow to 21 digits in place.
        if let first = shape.first { text += String(repeating: " ", count: max(0, 21 - String(first).count)) }
        let unpadded = magic.count + 4 + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
    }
}
