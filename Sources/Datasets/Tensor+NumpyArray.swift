public import FileFormats
public import Torch

extension Tensor {
    /// The array, copied, with the same shape and type of elements.
    public init(_ array: NumpyArray) {
        self = array.bytes.withUnsafeBytes {
            Tensor(copying: $0, shape: array.shape, dtype: array.elementType.dtype)
        }
    }
}

extension NumpyArray.ElementType {
    /// The same type of a tensor's elements.
    var dtype: DType {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .int32: .int32
        case .int64: .int64
        case .float16: .float16
        case .float32: .float32
        case .float64: .float64
        }
    }
}
