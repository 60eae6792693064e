internal import Foundation

/// An element type of the safetensors format, and the type of the tensor that it becomes.
///
/// libtorch computes with few unsigned and no 8-bit floating-point types, so those are widened to the smallest type that holds
/// all their values.
enum SafetensorsType: String, CaseIterable {
    case float32 = "F32"
    case float64 = "F64"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"
    /// 4 bits of exponent, 3 of mantissa, no infinity (Micikevicius et al., 2022, arXiv 2209.05433).
    case float8e4m3 = "F8_E4M3"
    /// The upper half of a float16.
    case float8e5m2 = "F8_E5M2"
    /// Powers of two, 2^(byte - 127) (OCP Microscaling Formats 1.0, section 5.4.1).
    case float8e8m0 = "F8_E8M0"

    /// The type whose tensors are stored in this one, if they are.
    init?(storing dtype: DType) {
        guard let type = Self.allCases.first(where: { !$0.isWidened && $0.dtype == dtype }) else { return nil }
        self = type
    }

    /// The type of the tensor.
    var dtype: DType {
        switch self {
        case .float64: .float64
        case .float32, .float8e4m3, .float8e5m2, .float8e8m0: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int64, .uint64, .uint32: .int64
        case .int32, .uint16: .int32
        case .int16: .int16
        case .int8: .int8
        case .uint8: .uint8
        case .bool: .bool
        }
    }

    /// Bytes of an element in the file.
    var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool, .float8e4m3, .float8e5m2, .float8e8m0: 1
        }
    }

    /// True if tensors are of another type than the file.
    var isWidened: Bool {
        switch self {
        case .uint64, .uint32, .uint16, .float8e4m3, .float8e5m2, .float8e8m0: true
        default: false
        }
    }

    /// A tensor of the elements in some bytes.
    func widened(_ bytes: UnsafeRawBufferPointer, shape: [Int]) -> Tensor {
        switch self {
        case .uint16: Tensor(Self.elements(bytes) { Int32(UInt16(littleEndian: $0)) }, shape: shape)
        case .uint32: Tensor(Self.elements(bytes) { Int64(UInt32(littleEndian: $0)) }, shape: shape)
        case .uint64: Tensor(Self.elements(bytes) { Int64(clamping: UInt64(littleEndian: $0)) }, shape: shape)
        case .float8e4m3: Tensor(Self.elements(bytes, Self.e4m3), shape: shape)
        case .float8e5m2:
            Tensor(Self.elements(bytes) { Self.half(UInt16($0 as UInt8) << 8) }, shape: shape)
        case .float8e8m0:
            Tensor(
                Self.elements(bytes) { ($0 as UInt8) == 255 ? .nan : Float(exp2(Double($0) - 127)) }, shape: shape)
        default: Tensor(copying: bytes, shape: shape, dtype: dtype)
        }
    }

    /// Place of the first number that no type here holds; nil if there is none.
    func firstTooLarge(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard self == .uint64 else { return nil }
        return (0..<(bytes.count / 8)).first { bytes[8 * $0 + 7] >= 0x80 }
    }

    private static func elements<Stored: BitwiseCopyable, Element>(
        _ bytes: UnsafeRawBufferPointer, _ element: (Stored) -> Element
    ) -> [Element] {
        let size = MemoryLayout<Stored>.size
        return (0..<(bytes.count / size)).map {
            element(bytes.loadUnaligned(fromByteOffset: size * $0, as: Stored.self))
        }
    }

    private static func e4m3(_ byte: UInt8) -> Float {
        let (exponent, mantissa) = (Int(byte >> 3 & 15), Double(byte & 7))
        let sign: Double = byte & 0x80 == 0 ? 1 : -1
        if byte & 0x7F == 0x7F { return .nan }
        let magnitude = exponent == 0 ? mantissa / 8 * exp2(-6) : (1 + mantissa / 8) * exp2(Double(exponent - 7))
        return Float(sign * magnitude)
    }

    private static func half(_ bits: UInt16) -> Float {
        let (exponent, mantissa) = (Int(bits >> 10 & 31), Double(bits & 1023))
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        if exponent == 31 { return mantissa == 0 ? Float(sign) * .infinity : .nan }
        let magnitude =
            exponent == 0 ? mantissa / 1024 * exp2(-14) : (1 + mantissa / 1024) * exp2(Double(exponent - 15))
        return Float(sign * magnitude)
    }
}
