internal import AtomicFiles
public import Foundation

extension SafetensorsFile {
    /// Writes tensors to a file.
    ///
    /// Elements are stored in row-major order, whatever their order in memory. The bytes depend only on the content; they
    /// are those that the Python package writes. The file is written aside and takes its place when it is on disk; a symbolic link stays, and what it leads
    /// to is replaced; a device or a pipe is written to.
    ///
    /// - Parameters:
    ///   - tensors: Different names, none of them `__metadata__`.
    ///   - url: The place; a file there is replaced.
    ///   - metadata: Free text by key.
    /// - Throws: ``TorchError`` with code `invalidFile` if the file cannot be written.
    public static func write(
        _ tensors: [NamedTensor], to url: URL, metadata: [String: String] = [:]
    ) throws {
        let layouts = tensors.map { (name: $0.name, dtype: $0.tensor.dtype, shape: $0.tensor.shape) }
        let byName = Dictionary(tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        try write(layouts, to: url, metadata: metadata) { name in
            guard let tensor = byName[name] else { fatalError("Torch: the tensor '\(name)' is missing") }
            return tensor
        }
    }

    /// Writes tensors that are brought one at a time, so that never more than one is in memory.
    ///
    /// - Parameters:
    ///   - tensors: Different names, none of them `__metadata__`, with types and shapes.
    ///   - url: The place; a file there is replaced.
    ///   - metadata: Free text by key.
    ///   - content: The tensor of a name, of the type and shape that were announced.
    /// - Throws: ``TorchError`` with code `invalidFile` if the file cannot be written, and what `content` throws; then there is no file.
    public static func write(
        _ tensors: [(name: String, dtype: DType, shape: [Int])], to url: URL, metadata: [String: String] = [:],
        content: (_ name: String) throws -> Tensor
    ) throws {
        let names = Set(tensors.map(\.name))
        guard names.count == tensors.count, !names.contains(SafetensorsHeader.metadataKey) else {
            fatalError("Torch: names of tensors in a file are different and not __metadata__: \(tensors.map(\.name)).")
        }
        // Wide elements first, so that all are aligned.
        let ordered = tensors.sorted { a, b in
            (a.dtype.safetensorsRank, a.name) < (b.dtype.safetensorsRank, b.name)
        }
        let header = SafetensorsHeader.text(of: ordered, metadata)
        do {
            try ReplacingFile.write(to: url.path) { file in
                try withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { try file.append($0) }
                try Array(header.utf8).withUnsafeBytes { try file.append($0) }
                for layout in ordered {
                    let tensor = try content(layout.name)
                    guard tensor.dtype == layout.dtype, tensor.shape == layout.shape else {
                        fatalError("Torch: '\(layout.name)' is \(tensor.dtype)\(tensor.shape), not what was announced")
                    }
                    try tensor.withUnsafeBytes { try file.append($0) }
                }
            }
        } catch let failure as WritingFailure {
            throw TorchError(failure)
        }
    }
}

extension TorchError {
    fileprivate init(_ failure: WritingFailure) {
        self.init(
            .invalidFile,
            """
            \(failure.path): cannot \(failure.action): \(failure.reason). Check that the folder exists, may be written to and \
            has room; what was there before is unchanged.
            """)
    }
}

extension SafetensorsHeader {
    /// The header for tensors that lie one after the other, filled with blanks to a multiple of 8 bytes.
    fileprivate static func text(
        of tensors: [(name: String, dtype: DType, shape: [Int])], _ metadata: [String: String]
    ) -> String {
        var end = 0
        var parts = tensors.map { name, dtype, sizes in
            let start = end
            end += sizes.reduce(1, *) * dtype.byteCount
            let shape = sizes.map(String.init).joined(separator: ",")
            return """
                \(quoted(name)):{"dtype":"\(dtype.safetensorsName)","shape":[\(shape)],\
                "data_offsets":[\(start),\(end)]}
                """
        }
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            parts.insert("\(quoted(metadataKey)):{\(pairs.joined(separator: ","))}", at: 0)
        }
        let text = "{\(parts.joined(separator: ","))}"
        return text + String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\u{8}": "\\b"
            case "\u{c}": "\\f"
            case "\u{0}"..<" ": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}

extension DType {
    /// Place in the order in which the Python package writes types.
    fileprivate var safetensorsRank: Int {
        switch self {
        case .int64: 0
        case .float64: 1
        case .float32: 2
        case .int32: 3
        case .bfloat16: 4
        case .float16: 5
        case .int16: 6
        case .int8: 7
        case .uint8: 8
        case .bool: 9
        }
    }
}
