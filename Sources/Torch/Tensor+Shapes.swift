internal import CTorch

extension Tensor {
    /// The same elements with other sizes, as a view where possible; one size may be -1 and is then computed.
    public func reshape(_ sizes: [Int]) -> Tensor {
        withHandle { handle in sizes.withInt64 { sizes, rank in result { ctorch_reshape(handle, sizes, rank, $0) } } }
    }

    /// The same elements with other sizes, as a view where possible; one size may be -1 and is then computed.
    public func reshape(_ sizes: Int...) -> Tensor { reshape(sizes) }

    /// Dimensions of size 1 are repeated to these sizes without copying; -1 keeps a size.
    public func expand(_ sizes: [Int]) -> Tensor {
        withHandle { handle in sizes.withInt64 { sizes, rank in result { ctorch_expand(handle, sizes, rank, $0) } } }
    }

    /// Dimensions of size 1 are repeated to these sizes without copying; -1 keeps a size.
    public func expand(_ sizes: Int...) -> Tensor { expand(sizes) }

    /// The dimensions in another order.
    public func permute(_ dims: [Int]) -> Tensor {
        withHandle { handle in dims.withInt64 { dims, count in result { ctorch_permute(handle, dims, count, $0) } } }
    }

    /// The dimensions in another order.
    public func permute(_ dims: Int...) -> Tensor { permute(dims) }

    /// Two dimensions exchanged.
    public func transpose(_ first: Int, _ second: Int) -> Tensor {
        withHandle { handle in result { ctorch_transpose(handle, Int64(first), Int64(second), $0) } }
    }

    /// The last two dimensions exchanged.
    public var mT: Tensor { unary(ctorch_matrix_transpose) }

    /// The dimensions from `start` to `end`, both included, made one.
    public func flatten(_ start: Int = 0, _ end: Int = -1) -> Tensor {
        withHandle { handle in result { ctorch_flatten(handle, Int64(start), Int64(end), $0) } }
    }

    /// A new dimension of size 1 at `dim`.
    public func unsqueeze(_ dim: Int) -> Tensor {
        withHandle { handle in result { ctorch_unsqueeze(handle, Int64(dim), $0) } }
    }

    /// Without the dimension `dim`, if its size is 1.
    public func squeeze(_ dim: Int) -> Tensor {
        withHandle { handle in result { ctorch_squeeze(handle, Int64(dim), $0) } }
    }

    /// This vector [B] as [B, 1, 1, ...] with the rank of `other`, so that it broadcasts over the examples of a batch and
    /// never, by accident, over another dimension that happens to have size B.
    public func alongBatch(of other: Tensor) -> Tensor {
        guard demand(rank == 1, "alongBatch(of:) takes one value per example [B], not \(shape)"),
            demand(other.shape.first == count, "\(count) values do not fit a batch of shape \(other.shape)")
        else { return undefinedTensor() }
        return reshape([count] + [Int](repeating: 1, count: other.rank - 1))
    }

    /// The whole tensor repeated along each dimension.
    public func `repeat`(_ counts: Int...) -> Tensor {
        withHandle { handle in counts.withInt64 { c, n in result { ctorch_repeat(handle, c, n, $0) } } }
    }

    /// Each slice along `dim` repeated `count` times, side by side.
    public func repeatInterleave(_ count: Int, _ dim: Int) -> Tensor {
        withHandle { handle in result { ctorch_repeat_interleave(handle, Int64(count), Int64(dim), $0) } }
    }

    /// The order along these dimensions reversed.
    public func flip(_ dims: Int...) -> Tensor {
        withHandle { handle in dims.withInt64 { d, n in result { ctorch_flip(handle, d, n, $0) } } }
    }

    /// Elements moved along `dim` by `shift`, around the end.
    public func roll(_ shift: Int, _ dim: Int) -> Tensor {
        withHandle { handle in
            [shift].withInt64 { s, sn in [dim].withInt64 { d, dn in result { ctorch_roll(handle, s, sn, d, dn, $0) } } }
        }
    }

    /// How ``pad(_:mode:)`` fills the new elements.
    public enum PaddingMode: Sendable, Hashable {
        /// With one value.
        case constant(Double)
        /// Mirrored, without repeating the border.
        case reflect
        /// With the border.
        case replicate
        /// From the other end.
        case circular

        var code: (mode: Int32, value: Double) {
            switch self {
            case .constant(let value): (0, value)
            case .reflect: (1, 0)
            case .replicate: (2, 0)
            case .circular: (3, 0)
            }
        }
    }

    /// Elements added around the tensor.
    ///
    /// - Parameters:
    ///   - amounts: Before and after the last dimension, then the one before it, and so on, as in PyTorch.
    ///   - mode: What to fill with.
    public func pad(_ amounts: [Int], mode: PaddingMode = .constant(0)) -> Tensor {
        let (mode, value) = mode.code
        return withHandle { handle in
            amounts.withInt64 { a, n in result { ctorch_pad(handle, a, n, mode, value, $0) } }
        }
    }

    /// The lower triangle of matrices, including the diagonal given.
    public func tril(_ diagonal: Int = 0) -> Tensor {
        withHandle { handle in result { ctorch_tril(handle, Int64(diagonal), $0) } }
    }

    /// The upper triangle of matrices, including the diagonal given.
    public func triu(_ diagonal: Int = 0) -> Tensor {
        withHandle { handle in result { ctorch_triu(handle, Int64(diagonal), $0) } }
    }

    /// A diagonal of the matrices in the dimensions `first` and `second`, as the last dimension.
    public func diagonal(offset: Int = 0, _ first: Int = -2, _ second: Int = -1) -> Tensor {
        withHandle { handle in result { ctorch_diagonal(handle, Int64(offset), Int64(first), Int64(second), $0) } }
    }

    /// Diagonal matrices with the elements of the last dimension.
    public func diagEmbed() -> Tensor { unary(ctorch_diag_embed) }

    // MARK: Several tensors

    /// Tensors one after the other along `dim`.
    public static func cat(_ tensors: [Tensor], _ dim: Int = 0) -> Tensor {
        withHandles(tensors) { list, count in result { ctorch_cat(list, count, Int64(dim), $0) } }
    }

    /// Tensors of one shape side by side along a new dimension.
    public static func stack(_ tensors: [Tensor], _ dim: Int = 0) -> Tensor {
        withHandles(tensors) { list, count in result { ctorch_stack(list, count, Int64(dim), $0) } }
    }

    /// Pieces of the given lengths along `dim`, which they must fill.
    public func split(_ lengths: [Int], _ dim: Int = 0) -> [Tensor] {
        withHandle { handle in
            lengths.withInt64 { l, n in
                results(count: lengths.count) { ctorch_split(handle, l, n, Int64(dim), $0) }
            }
        }
    }

    /// `count` pieces of equal length along `dim`; the size must be a multiple of `count`.
    public func chunk(_ count: Int, _ dim: Int = 0) -> [Tensor] {
        let index = dim < 0 ? dim + rank : dim
        guard demand(shape.indices.contains(index), "a tensor of shape \(shape) has no dimension \(dim)"),
            demand(
                shape[index] % count == 0,
                "a dimension of size \(shape[index]) cannot be cut into \(count) equal pieces")
        else { return (0..<count).map { _ in undefinedTensor() } }
        return split([Int](repeating: shape[index] / count, count: count), dim)
    }
}
