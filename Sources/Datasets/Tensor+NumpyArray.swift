public import FileFormats
public import Torch

extension Tensor {
    /// The array, copied, with the same shape and type of elements; those that tensors lack become the next larger one, and
    /// numbers of uint64 beyond int64 its largest.
    public init(_ array: NumpyArray) {
        switch array.elementType {
        case .uint16: self.init(array.values(as: UInt16.self).map(Int32.init), shape: array.shape)
        case .uint32: self.init(array.values(as: UInt32.self).map(Int64.init), shape: array.shape)
        case .uint64: self.init(array.values(as: UInt64.self).map { Int64(clamping: $0) }, shape: array.shape)
        default:
            self = array.bytes.withUnsafeBytes {
                Tensor(copying: $0, shape: array.shape, dtype: array.elementType.dtype)
            }
        }
    }
}

extension NumpyArray.ElementType {
    /// The type of a tensor's elements that holds all of this, but for uint64.
    var dtype: DType {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .int8: .int8
        case .int16: .int16
        case .int32, .uint16: .int32
        case .int64, .uint32, .uint64: .int64
        case .float16: .float16
        case .float32: .float32
        case .float64: .float64
        }
    }
}
