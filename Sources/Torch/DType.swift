internal import CTorch

/// The type of a tensor's elements.
public enum DType: String, Sendable, Hashable, CaseIterable, Codable {
    case float32, float64, bfloat16, float16, int64, int32, int16, int8, uint8, bool

    /// Bytes that an element takes.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .bfloat16, .float16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether elements are floating-point numbers, which can have gradients.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float64, .bfloat16, .float16: true
        default: false
        }
    }

    var code: Int32 {
        switch self {
        case .float32: Int32(CTORCH_FLOAT32)
        case .float64: Int32(CTORCH_FLOAT64)
        case .bfloat16: Int32(CTORCH_BFLOAT16)
        case .float16: Int32(CTORCH_FLOAT16)
        case .int64: Int32(CTORCH_INT64)
        case .int32: Int32(CTORCH_INT32)
        case .int16: Int32(CTORCH_INT16)
        case .int8: Int32(CTORCH_INT8)
        case .uint8: Int32(CTORCH_UINT8)
        case .bool: Int32(CTORCH_BOOL)
        }
    }

    init(code: Int32) {
        guard let dtype = Self.allCases.first(where: { $0.code == code }) else {
            fatalError("Torch: a tensor has a dtype that this library does not know (code \(code))")
        }
        self = dtype
    }
}

/// A Swift number type that tensors can be made of and read as.
public protocol TorchScalar: Sendable, BitwiseCopyable {
    /// The dtype with the same bits.
    static var dtype: DType { get }
}

extension Float: TorchScalar {
    /// 32-bit floating point.
    public static var dtype: DType { .float32 }
}
extension Double: TorchScalar {
    /// 64-bit floating point.
    public static var dtype: DType { .float64 }
}
extension Int: TorchScalar {
    /// 64-bit integers.
    public static var dtype: DType { .int64 }
}
extension Int64: TorchScalar {
    /// 64-bit integers.
    public static var dtype: DType { .int64 }
}
extension Int32: TorchScalar {
    /// 32-bit integers.
    public static var dtype: DType { .int32 }
}
extension Int16: TorchScalar {
    /// 16-bit integers.
    public static var dtype: DType { .int16 }
}
extension Int8: TorchScalar {
    /// 8-bit integers.
    public static var dtype: DType { .int8 }
}
extension UInt8: TorchScalar {
    /// 8-bit unsigned integers.
    public static var dtype: DType { .uint8 }
}
extension Bool: TorchScalar {
    /// Booleans, one byte each.
    public static var dtype: DType { .bool }
}
