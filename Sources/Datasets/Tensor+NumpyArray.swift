public import FileFormats
public import Torch

extension Tensor {
    /// The array, copied, with the same shape and type of elements.
    public init(_ array: NumpyArray) {
        let dtype: DType =
            switch array.elementType {
            case .bool: .bool
            case .uint8: .uint8
            case .int32: .int32
            case .int64: .int64
            case .float16: .float16
            case .float32: .float32
            case .float64: .float64
            }
        self = array.bytes.withUnsafeBytes { Tensor(copying: $0, shape: array.shape, dtype: dtype) }
    }
}
