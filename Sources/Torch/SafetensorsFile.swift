public import Foundation

/// A file of named tensors in the safetensors format, mapped into memory.
///
/// The tensors share the mapping: nothing is read before it is used, and nothing is copied, except tensors that do not lie
/// at a multiple of their element's size, as other programs may write them, and those of types that libtorch does not compute
/// with: U16, U32 and U64 become int32 and int64, 8-bit floats (F8_E4M3, F8_E5M2, F8_E8M0) float32, exactly. Writing into one changes a private copy of its
/// pages, not the file.
///
///     let file = try SafetensorsFile(url)
///     let weight = file["blocks.0.weight"]
///
/// The whole header is checked when the file is opened: its size and syntax, names given twice, types, and that the
/// tensors cover the data exactly once.
///
/// - SeeAlso: <https://github.com/huggingface/safetensors#format>
public struct SafetensorsFile: Sendable {
    /// Where the file is.
    public let url: URL
    /// Free text by key that the file carries.
    public let metadata: [String: String]

    private let entries: [String: SafetensorsHeader.Entry]
    private let file: MappedFile
    private let dataStart: Int

    /// Opens a file.
    ///
    /// - Parameter url: Its place.
    /// - Throws: ``TorchError`` with code `invalidFile` that says what is wrong and how to mend it.
    public init(_ url: URL) throws {
        self.url = url
        file = try MappedFile(path: url.path)
        let header = try withExtendedLifetime(file) {
            try SafetensorsHeader(UnsafeRawBufferPointer($0.bytes), url.path)
        }
        metadata = header.metadata
        dataStart = header.dataStart
        entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    }

    /// Type and shape of each tensor by its name.
    public var layouts: [String: (dtype: DType, shape: [Int])] { entries.mapValues { ($0.type.dtype, $0.shape) } }

    /// True if all tensors lie at multiples of their elements' sizes and keep their types, so that none has to be copied.
    public var isAligned: Bool { entries.values.allSatisfy(isAligned) }

    private func isAligned(_ entry: SafetensorsHeader.Entry) -> Bool {
        !entry.type.isWidened && (dataStart + entry.range.lowerBound).isMultiple(of: entry.type.byteCount)
    }

    /// The names in alphabetical order.
    public var names: [String] { entries.keys.sorted() }

    /// The tensor of this name, in the file's memory, if there is one.
    public subscript(name: String) -> Tensor? {
        guard let entry = entries[name] else { return nil }
        guard !entry.range.isEmpty, let start = file.bytes.baseAddress else {
            return .zeros(entry.shape, dtype: entry.type.dtype)
        }
        let address = start + dataStart + entry.range.lowerBound
        guard isAligned(entry) else {
            return withExtendedLifetime(file) {
                entry.type.widened(
                    UnsafeRawBufferPointer(start: address, count: entry.range.count), shape: entry.shape)
            }
        }
        return Tensor(sharing: address, shape: entry.shape, dtype: entry.type.dtype, owner: file)
    }

    /// All tensors by name.
    public var tensors: [String: Tensor] {
        Dictionary(uniqueKeysWithValues: entries.keys.compactMap { name in self[name].map { (name, $0) } })
    }
}
