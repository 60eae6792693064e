/// The checked header of a safetensors file: what lies where in the data behind it.
struct SafetensorsHeader {
    struct Entry {
        let name: String
        let type: SafetensorsType
        let shape: [Int]
        /// Bytes, counted from the start of the data.
        let range: Range<Int>
    }

    static let metadataKey = "__metadata__"
    /// The limit of the format.
    private static let largestHeader = 100_000_000

    let metadata: [String: String]
    let entries: [Entry]
    /// Where the data begins in the file.
    let dataStart: Int

    /// Reads and checks the header of a whole file.
    init(_ file: UnsafeRawBufferPointer, _ path: String) throws {
        do {
            let header = try Self.header(of: file)
            dataStart = 8 + header.count
            var parser = SafetensorsJSON(header)
            let fields = try parser.document()
            metadata = try Self.metadata(in: fields)
            entries = try fields.filter { $0.key != Self.metadataKey }.map(Self.entry)
            try Self.checkCover(entries, file.count - dataStart)
            for entry in entries {
                let bytes = file[(dataStart + entry.range.lowerBound)..<(dataStart + entry.range.upperBound)]
                guard let place = entry.type.firstTooLarge(UnsafeRawBufferPointer(rebasing: bytes)) else { continue }
                throw SafetensorsError(
                    "the tensor '\(entry.name)', U64, holds a number of 2⁶³ or more at place \(place), counted from 0",
                    advice: "Store numbers that fit into int64.")
            }
        } catch let error as SafetensorsError {
            throw TorchError(.invalidFile, "\(path): not a valid safetensors file: \(error.what). \(error.advice)")
        }
    }

    private static func header(of file: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
        guard file.count >= 8 else {
            throw SafetensorsError("it has \(file.count) bytes, fewer than the 8 that say how long the header is")
        }
        let size = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard size <= UInt64(largestHeader) else {
            throw SafetensorsError(
                "the size of its header, \(size) bytes, exceeds the format's limit of \(largestHeader)")
        }
        guard Int(size) <= file.count - 8 else {
            throw SafetensorsError(
                "its header should have \(size) bytes, but only \(file.count - 8) follow: it is cut off")
        }
        let header = UnsafeRawBufferPointer(rebasing: file[8..<8 + Int(size)])
        guard header.first == UInt8(ascii: "{") else { throw SafetensorsError("its header does not begin with {") }
        return header
    }

    private static func metadata(in fields: [SafetensorsJSON.Field]) throws -> [String: String] {
        guard let field = fields.first(where: { $0.key == metadataKey }) else { return [:] }
        guard case .object(let pairs) = field.value else { throw SafetensorsError("its metadata is not an object") }
        return try Dictionary(
            uniqueKeysWithValues: pairs.map { pair in
                guard case .string(let text) = pair.value else {
                    throw SafetensorsError("the value of '\(pair.key)' in its metadata is not text")
                }
                return (pair.key, text)
            })
    }

    private static func entry(_ field: SafetensorsJSON.Field) throws -> Entry {
        let name = field.key
        guard case .object(let pairs) = field.value, Set(pairs.map(\.key)) == ["dtype", "shape", "data_offsets"] else {
            throw SafetensorsError("the tensor '\(name)' is not described by dtype, shape and data_offsets")
        }
        let values = Dictionary(uniqueKeysWithValues: pairs)
        guard case .string(let type)? = values["dtype"], let shape = values["shape"]?.integers,
            let offsets = values["data_offsets"]?.integers, offsets.count == 2
        else { throw SafetensorsError("dtype, shape or data_offsets of the tensor '\(name)' is of the wrong kind") }
        guard let stored = SafetensorsType(rawValue: type) else {
            let known = SafetensorsType.allCases.map(\.rawValue).joined(separator: ", ")
            throw SafetensorsError(
                "the tensor '\(name)' has the dtype \(type)",
                advice: "Supported are \(known): convert it to one of them.")
        }
        guard offsets[0] <= offsets[1], let size = byteCount(shape, stored), size == offsets[1] - offsets[0] else {
            throw SafetensorsError(
                "the tensor '\(name)', \(type) \(shape), does not fit in the bytes from \(offsets[0]) to \(offsets[1])")
        }
        return Entry(name: name, type: stored, shape: shape, range: offsets[0]..<offsets[1])
    }

    private static func byteCount(_ shape: [Int], _ type: SafetensorsType) -> Int? {
        shape.reduce(type.byteCount as Int?) { product, size in
            guard let (value, overflow) = product?.multipliedReportingOverflow(by: size), !overflow else { return nil }
            return value
        }
    }

    /// The tensors cover the data without gap and overlap.
    private static func checkCover(_ entries: [Entry], _ length: Int) throws {
        var end = 0
        var previous = "the header"
        for entry in entries.sorted(by: {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }) {
            guard entry.range.lowerBound >= end else {
                throw SafetensorsError("the tensors '\(previous)' and '\(entry.name)' overlap")
            }
            guard entry.range.lowerBound == end else {
                throw SafetensorsError(
                    "\(entry.range.lowerBound - end) bytes before the tensor '\(entry.name)' are not used")
            }
            (end, previous) = (entry.range.upperBound, entry.name)
        }
        guard end <= length else {
            throw SafetensorsError("the tensors take \(end) bytes, but it holds only \(length): it is cut off")
        }
        guard end == length else { throw SafetensorsError("\(length - end) bytes follow after the last tensor") }
    }
}

/// What is wrong with a file, without its path.
struct SafetensorsError: Error {
    let what: String
    let advice: String

    init(_ what: String, advice: String = "Get or write the file again.") {
        (self.what, self.advice) = (what, advice)
    }
}

extension DType {
    /// The format's name of the type.
    var safetensorsName: String { SafetensorsType(storing: self)?.rawValue ?? "" }
}
