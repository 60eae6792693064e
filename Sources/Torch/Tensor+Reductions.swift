internal import CTorch

/// One dimension or several, counted from 0, or from the end with negative numbers: what reductions run over.
public protocol Dimensions {
    /// The dimensions; none means all.
    var dimensions: [Int] { get }
}

extension Int: Dimensions {
    /// This one.
    public var dimensions: [Int] { [self] }
}

extension [Int]: Dimensions {
    /// These.
    public var dimensions: [Int] { self }
}

extension Tensor {
    private typealias Reduction = (OpaquePointer, UnsafePointer<Int64>?, Int64, Bool, Out) -> Int32

    @inline(__always)
    private func reduce(_ dims: some Dimensions, _ keepDim: Bool, _ operation: Reduction) -> Tensor {
        withHandle { handle in
            dims.dimensions.withInt64 { dims, count in result { operation(handle, dims, count, keepDim, $0) } }
        }
    }

    /// Sums over `dims`, or over everything.
    public func sum(_ dims: some Dimensions = [Int](), keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim, ctorch_sum)
    }

    /// Means over `dims`, or over everything.
    public func mean(_ dims: some Dimensions = [Int](), keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim, ctorch_mean)
    }

    /// Largest elements over `dims`, or over everything.
    public func amax(_ dims: some Dimensions = [Int](), keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim, ctorch_amax)
    }

    /// Smallest elements over `dims`, or over everything.
    public func amin(_ dims: some Dimensions = [Int](), keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim, ctorch_amin)
    }

    /// log(sum(exp(x))), without overflow, over `dims`, or over everything.
    public func logsumexp(_ dims: some Dimensions = [Int](), keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim, ctorch_logsumexp)
    }

    /// Whether any element is not zero over `dims`, or over everything.
    public func any(_ dims: some Dimensions = [Int](), keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim, ctorch_any)
    }

    /// Whether no element is zero over `dims`, or over everything.
    public func all(_ dims: some Dimensions = [Int](), keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim, ctorch_all)
    }

    /// Variances over `dims`, or over everything, with divisor N - `correction` (1, as in PyTorch).
    public func `var`(_ dims: some Dimensions = [Int](), correction: Int = 1, keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim) { ctorch_var($0, $1, $2, $3, Int64(correction), $4) }
    }

    /// Standard deviations over `dims`, or over everything, with divisor N - `correction` (1, as in PyTorch).
    public func std(_ dims: some Dimensions = [Int](), correction: Int = 1, keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim) { ctorch_std($0, $1, $2, $3, Int64(correction), $4) }
    }

    /// Vector norms over `dims`, or over everything; the order is 2 unless given.
    public func norm(_ dims: some Dimensions = [Int](), order: Double = 2, keepDim: Bool = false) -> Tensor {
        reduce(dims, keepDim) { ctorch_norm($0, order, $1, $2, $3, $4) }
    }

    /// Products along `dim`.
    public func prod(_ dim: Int, keepDim: Bool = false) -> Tensor {
        withHandle { handle in result { ctorch_prod(handle, Int64(dim), keepDim, $0) } }
    }

    /// The median of all elements; the lower one of two.
    public func median() -> Tensor {
        reduce([Int](), false, ctorch_median_values)
    }

    /// Medians along `dim`; the lower one of two.
    public func median(_ dim: Int, keepDim: Bool = false) -> Tensor {
        reduce(dim, keepDim, ctorch_median_values)
    }

    /// Indices of the largest elements along `dim`.
    public func argmax(_ dim: Int, keepDim: Bool = false) -> Tensor {
        withHandle { handle in result { ctorch_argmax(handle, Int64(dim), keepDim, $0) } }
    }

    /// Indices of the smallest elements along `dim`.
    public func argmin(_ dim: Int, keepDim: Bool = false) -> Tensor {
        withHandle { handle in result { ctorch_argmin(handle, Int64(dim), keepDim, $0) } }
    }

    /// Quantiles along `dim` at `levels` in [0, 1], linearly interpolated; the levels become the first dimension.
    public func quantile(_ levels: [Double], _ dim: Int, keepDim: Bool = false) -> Tensor {
        let levels = Tensor(levels).to(device, dtype)
        return withHandles(self, levels) { a, q in result { ctorch_quantile(a, q, Int64(dim), keepDim, $0) } }
    }

    // MARK: Along one dimension

    /// Running sums along `dim`.
    public func cumsum(_ dim: Int) -> Tensor {
        withHandle { handle in result { ctorch_cumsum(handle, Int64(dim), $0) } }
    }

    /// Running products along `dim`.
    public func cumprod(_ dim: Int) -> Tensor {
        withHandle { handle in result { ctorch_cumprod(handle, Int64(dim), $0) } }
    }

    /// exp(x) / sum(exp(x)) along `dim`.
    public func softmax(_ dim: Int) -> Tensor {
        withHandle { handle in result { ctorch_softmax(handle, Int64(dim), $0) } }
    }

    /// The logarithm of ``softmax(_:)``.
    public func logSoftmax(_ dim: Int) -> Tensor {
        withHandle { handle in result { ctorch_log_softmax(handle, Int64(dim), $0) } }
    }

    /// Sorted elements along `dim` and where they came from; equal elements keep their order.
    public func sort(_ dim: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
        withHandle { handle in results { ctorch_sort(handle, Int64(dim), descending, $0, $1) } }
    }

    /// Where the elements along `dim` go when sorted.
    public func argsort(_ dim: Int = -1, descending: Bool = false) -> Tensor {
        sort(dim, descending: descending).indices
    }

    /// The `count` largest (or smallest) elements along `dim` in order, and where they are.
    public func topk(_ count: Int, _ dim: Int = -1, largest: Bool = true) -> (values: Tensor, indices: Tensor) {
        withHandle { handle in results { ctorch_topk(handle, Int64(count), Int64(dim), largest, $0, $1) } }
    }

    /// Where `values` would be inserted into this sorted tensor to keep it sorted; after equal elements if `right`.
    public func searchsorted(_ values: Tensor, right: Bool = false) -> Tensor {
        withHandles(self, values) { s, v in result { ctorch_searchsorted(s, v, right, $0) } }
    }

    /// Counts of the whole numbers from 0 on in this vector.
    public func bincount(minimumLength: Int = 0) -> Tensor {
        withHandle { handle in result { ctorch_bincount(handle, Int64(minimumLength), $0) } }
    }

    /// The different elements in ascending order, the place of each element among them, and how often each occurs.
    public func unique() -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        withHandle { handle in results { ctorch_unique(handle, $0, $1, $2) } }
    }
}
