internal import CTorch

/// What may stand between the brackets of `tensor[...]`: whole numbers, ranges, ``TensorIndex``, tensors of indices.
public protocol TensorIndexing {
    /// The index as a value.
    var tensorIndex: TensorIndex { get }
}

/// One index of a subscript.
public enum TensorIndex: TensorIndexing, Sendable {
    /// One element of the dimension, which disappears; negative numbers count from the end.
    case at(Int)
    /// Elements from `start` to before `end` (nil: to the end) in steps of `step`; negative numbers count from the end.
    case slice(start: Int, end: Int?, step: Int = 1)
    /// The elements that a vector of whole numbers names, in its order.
    case select(Tensor)
    /// A new dimension of size 1.
    case newAxis
    /// As many whole dimensions as are needed for the indices after it to be the last ones.
    case ellipsis

    /// The whole dimension.
    public static var all: TensorIndex { .slice(start: 0, end: nil) }

    /// Itself.
    public var tensorIndex: TensorIndex { self }
}

extension Int: TensorIndexing {
    /// One element.
    public var tensorIndex: TensorIndex { .at(self) }
}
extension Range<Int>: TensorIndexing {
    /// The elements of the range.
    public var tensorIndex: TensorIndex { .slice(start: lowerBound, end: upperBound) }
}
extension ClosedRange<Int>: TensorIndexing {
    /// The elements of the range.
    public var tensorIndex: TensorIndex { .slice(start: lowerBound, end: upperBound + 1) }
}
extension PartialRangeFrom<Int>: TensorIndexing {
    /// The elements from the bound on; negative bounds count from the end.
    public var tensorIndex: TensorIndex { .slice(start: lowerBound, end: nil) }
}
extension PartialRangeUpTo<Int>: TensorIndexing {
    /// The elements before the bound; negative bounds count from the end.
    public var tensorIndex: TensorIndex { .slice(start: 0, end: upperBound) }
}
extension Tensor: TensorIndexing {
    /// The elements that this vector of whole numbers names.
    public var tensorIndex: TensorIndex { .select(self) }
}

extension Tensor {
    /// Part of the tensor: a view, unless a tensor of indices takes part.
    ///
    /// Assignment writes into the storage, outside of any gradient graph; the value is broadcast.
    public subscript(_ indices: any TensorIndexing...) -> Tensor {
        get { indexed(indices.map(\.tensorIndex)) }
        nonmutating set { write(newValue, indices.map(\.tensorIndex)) }
    }

    private func indexed(_ indices: [TensorIndex]) -> Tensor {
        var view = self
        var dim = 0
        for (position, index) in indices.enumerated() {
            switch index {
            case .at(let element):
                view = view.select(dim, element)
            case .slice(let start, let end, let step):
                view = view.slice(dim, start, end, step: step)
                dim += 1
            case .select(let chosen):
                view = view.indexSelect(dim, chosen)
                dim += 1
            case .newAxis:
                view = view.unsqueeze(dim)
                dim += 1
            case .ellipsis:
                dim = view.rank - Self.dimensionsTaken(by: indices[(position + 1)...])
            }
        }
        return view
    }

    private static func dimensionsTaken(by indices: ArraySlice<TensorIndex>) -> Int {
        indices.count { if case .newAxis = $0 { false } else { true } }
    }

    private func write(_ value: Tensor, _ indices: [TensorIndex]) {
        let isView = indices.allSatisfy { if case .select = $0 { false } else { true } }
        guard demand(isView, "assignment through a tensor of indices: use scatter or copyRows") else { return }
        indexed(indices).copy(from: value)
    }

    /// Element `index` of dimension `dim`, which disappears.
    public func select(_ dim: Int, _ index: Int) -> Tensor {
        withHandle { handle in result { ctorch_select(handle, Int64(dim), Int64(index), $0) } }
    }

    /// Elements `start` to before `end` of dimension `dim`.
    public func slice(_ dim: Int, _ start: Int, _ end: Int? = nil, step: Int = 1) -> Tensor {
        let end = end.map(Int64.init) ?? .max
        return withHandle { handle in
            result { ctorch_slice(handle, Int64(dim), Int64(start), end, Int64(step), $0) }
        }
    }

    /// The slices along `dim` that a vector of whole numbers names.
    public func indexSelect(_ dim: Int, _ indices: Tensor) -> Tensor {
        withHandles(self, indices) { a, i in result { ctorch_index_select(a, Int64(dim), i, $0) } }
    }

    /// Along `dim`, the elements that `indices` names at each place.
    public func gather(_ dim: Int, _ indices: Tensor) -> Tensor {
        withHandles(self, indices) { a, i in result { ctorch_gather(a, Int64(dim), i, $0) } }
    }

    /// A copy with the elements of `source` written where `indices` says along `dim`.
    public func scatter(_ dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        withHandles(self, indices, source) { a, i, s in result { ctorch_scatter(a, Int64(dim), i, s, $0) } }
    }

    /// A copy with the elements of `source` added where `indices` says along `dim`.
    public func scatterAdd(_ dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        withHandles(self, indices, source) { a, i, s in result { ctorch_scatter_add(a, Int64(dim), i, s, $0) } }
    }

    /// A copy with the slices of `source` added to those that `indices` names along `dim`.
    public func indexAdd(_ dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        withHandles(self, indices, source) { a, i, s in result { ctorch_index_add(a, Int64(dim), i, s, $0) } }
    }

    /// Writes the slices of `source` over those that `indices` names along dimension 0, outside of any gradient graph.
    public func copyRows(at indices: Tensor, from source: Tensor) {
        withHandles(self, indices, source) { _ = succeeded(ctorch_index_copy_in_place($0, 0, $1, $2)) }
    }

    /// The elements where `mask` holds, as a vector.
    public func maskedSelect(_ mask: Tensor) -> Tensor { binary(mask, ctorch_masked_select) }

    /// The places of the elements that are not zero [N, rank].
    public func nonzero() -> Tensor { unary(ctorch_nonzero) }
}
