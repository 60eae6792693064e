/// A value of a pickle of weights.
///
/// Dictionaries and lists are numbers of an arena, ``PickleArena``: a file can make them hold each other in circles and in chains of any
/// length, which costs nothing that way. Tuples are values, a few deep.
enum PickleValue {
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    case bytes([UInt8])
    case tuple([PickleValue])
    /// A list by its number.
    case list(Int)
    /// A dictionary by its number.
    case dictionary(Int)
    /// A class or function, by module and name.
    case global(PickleGlobal)
    case storage(PickledStorage)
    case tensor(PickledTensor)
    /// A type of NumPy's numbers, such as `f8`.
    case numberType(String)
    /// Something that nobody asks for, by what it was.
    case other(String)

    /// Word for errors.
    var kind: String {
        switch self {
        case .none: "None"
        case .boolean: "a truth value"
        case .integer, .float: "a number"
        case .string: "text"
        case .bytes: "bytes"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global: "a class"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .numberType: "a type"
        case .other(let what): what
        }
    }

    /// Number of tuples within each other.
    var depth: Int {
        guard case .tuple(let values) = self else { return 0 }
        return 1 + (values.map(\.depth).max() ?? 0)
    }

    /// The integers of a tuple, if it has nothing else.
    var integers: [Int]? {
        guard case .tuple(let values) = self else { return nil }
        let integers = values.compactMap { if case .integer(let value) = $0 { value } else { nil } }
        return integers.count == values.count ? integers : nil
    }
}

/// The dictionaries and lists of a pickle.
struct PickleArena {
    /// Dictionaries by number; keys are texts, and numbers as texts.
    var dictionaries: [[String: PickleValue]] = []
    /// Lists by number.
    var lists: [[PickleValue]] = []
}

/// The only classes and functions that a file may name, none of which runs any code of the file's choice.
enum PickleGlobal: Equatable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    case storage(PickledStorage.ElementType)
    /// `numpy.core.multiarray.scalar`.
    case numpyScalar
    /// `numpy.dtype`.
    case numpyType
    /// `_codecs.encode`, by which protocol 2 writes bytes.
    case encode
    /// A class whose objects are forgotten, such as `argparse.Namespace` with the settings of a training.
    case inert(String)

    /// Classes that describe settings and random states beside weights.
    private static let inertNames: Set = [
        "argparse.Namespace", "pathlib.PosixPath", "pathlib.Path", "pathlib._local.PosixPath", "torch.device",
        "torch.Size", "torch.float32", "torch.float16", "torch.bfloat16", "torch.float64", "numpy.ndarray",
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "collections.defaultdict",
        "builtins.dict", "__builtin__.dict", "builtins.set", "__builtin__.set",
    ]

    /// The meaning of a name; nil for all that is refused.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .numpyScalar
        case ("numpy", "dtype"): self = .numpyType
        case ("_codecs", "encode"): self = .encode
        case _ where Self.inertNames.contains("\(module).\(name)"): self = .inert("\(module).\(name)")
        case ("torch", let name):
            guard let type = PickledStorage.ElementType(rawValue: name) else { return nil }
            self = .storage(type)
        default: return nil
        }
    }
}

/// A run of numbers that tensors are views of.
struct PickledStorage: Equatable, Sendable {
    /// PyTorch's classes of storages.
    enum ElementType: String, Sendable {
        case float32 = "FloatStorage"
        case float64 = "DoubleStorage"
        case float16 = "HalfStorage"
        case bfloat16 = "BFloat16Storage"
        case int64 = "LongStorage"
        case int32 = "IntStorage"
        case int16 = "ShortStorage"
        case int8 = "CharStorage"
        case uint8 = "ByteStorage"
        case bool = "BoolStorage"

        /// Bytes per element.
        var size: Int {
            switch self {
            case .float64, .int64: 8
            case .float32, .int32: 4
            case .float16, .bfloat16, .int16: 2
            case .int8, .uint8, .bool: 1
            }
        }

        /// The type of an array; nil if there is none.
        var elementType: NumpyArray.ElementType? {
            switch self {
            case .float32: .float32
            case .float64: .float64
            case .float16: .float16
            case .int64: .int64
            case .int32: .int32
            case .uint8: .uint8
            case .bool: .bool
            case .bfloat16, .int16, .int8: nil
            }
        }
    }

    let key: String
    let type: ElementType
    let count: Int

    /// Size in bytes; the unpickler has checked that it is a number.
    var byteCount: Int { count * type.size }
}

/// A view of a storage.
struct PickledTensor: Sendable {
    let storage: PickledStorage
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// The elements in row-major order.
    func array(from bytes: ArraySlice<UInt8>, _ key: String, in file: String) throws -> NumpyArray {
        guard let elementType = storage.type.elementType else {
            throw FileError(
                .unsupported, file, "'\(key)' has elements of type \(storage.type)",
                remedy: "Convert the tensors to float32 and save them again.")
        }
        let size = storage.type.size
        guard bytes.count == storage.byteCount else {
            throw FileError.truncated(file, "'\(key)' has \(bytes.count) bytes instead of \(storage.byteCount)")
        }
        guard let last = lastElement, last < storage.count else {
            throw FileError.corrupt(file, "'\(key)' reaches beyond its storage")
        }
        let count = shape.reduce(1, *)
        let start = bytes.startIndex + offset * size
        if count == 0 || strides == rowMajorStrides {
            let content = [UInt8](bytes[start..<(start + count * size)])
            return NumpyArray(elementType: elementType, shape: shape, bytes: content)
        }
        var content: [UInt8] = []
        content.reserveCapacity(count * size)
        for index in 0..<count {
            var (rest, position) = (index, start)
            for axis in shape.indices.reversed() {
                position += rest % shape[axis] * strides[axis] * size
                rest /= shape[axis]
            }
            content += bytes[position..<(position + size)]
        }
        return NumpyArray(elementType: elementType, shape: shape, bytes: content)
    }

    var rowMajorStrides: [Int] {
        var strides = shape
        var step = 1
        for axis in shape.indices.reversed() {
            strides[axis] = shape[axis] == 1 ? self.strides[axis] : step
            step *= shape[axis]
        }
        return strides
    }

    /// Index of the last element in the storage, -1 of an empty tensor at its start; nil if it does not fit into a number, or if
    /// the tensor claims more elements than its storage has.
    var lastElement: Int? {
        guard shape.count == strides.count, offset >= 0, (shape + strides).allSatisfy({ $0 >= 0 }) else { return nil }
        guard !shape.contains(0) else { return offset <= storage.count ? offset - 1 : nil }
        var (last, elements) = (offset, 1)
        for (extent, stride) in zip(shape, strides) {
            let (reach, isLong) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (end, isFar) = last.addingReportingOverflow(reach)
            let (product, isMuch) = elements.multipliedReportingOverflow(by: extent)
            guard !isLong, !isFar, !isMuch else { return nil }
            (last, elements) = (end, product)
        }
        return elements <= storage.count ? last : nil
    }
}
