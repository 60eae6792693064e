public import Torch

/// A tensor in a file: its type and shape are known, its numbers are read when they are asked for.
public struct StoredTensor: Sendable {
    /// Type of the elements.
    public let dtype: DType
    /// Sizes of the dimensions.
    public let shape: [Int]
    private let body: @Sendable () throws -> Tensor

    /// A tensor that `read` brings.
    public init(dtype: DType, shape: [Int], read: @escaping @Sendable () throws -> Tensor) {
        (self.dtype, self.shape, body) = (dtype, shape, read)
    }

    /// A tensor that is there already.
    public init(_ tensor: Tensor) { self.init(dtype: tensor.dtype, shape: tensor.shape) { tensor } }

    /// The tensor, on the CPU.
    public func read() throws -> Tensor { try body() }

    /// The same numbers with the dimensions in another order: dimension i of the result is dimension `order[i]` of this one.
    public func permuted(_ order: [Int]) -> StoredTensor {
        StoredTensor(dtype: dtype, shape: order.map { shape[$0] }) { try read().permute(order) }
    }

    /// The same numbers in another shape of as many elements.
    public func reshaped(_ sizes: [Int]) -> StoredTensor {
        StoredTensor(dtype: dtype, shape: sizes) { try read().reshape(sizes) }
    }

    /// Part of the first dimension.
    public func rows(_ range: Range<Int>) -> StoredTensor {
        StoredTensor(dtype: dtype, shape: [range.count] + shape.dropFirst()) {
            try read().slice(0, range.lowerBound, range.upperBound)
        }
    }
}
