internal import CTorch

extension Tensor {
    /// A tensor with the given elements in row-major order.
    ///
    /// - Parameters:
    ///   - scalars: The elements; their count is the product of `shape`.
    ///   - shape: Sizes of the dimensions; a vector if absent.
    ///   - device: Where to put it.
    public init<Scalar: TorchScalar>(_ scalars: [Scalar], shape: [Int]? = nil, device: Device = .cpu) {
        let shape = shape ?? [scalars.count]
        let wanted = shape.reduce(1, *)
        guard
            demand(
                wanted == scalars.count,
                "\(scalars.count) elements do not fill the shape \(shape), which holds \(wanted)")
        else {
            self = undefinedTensor()
            return
        }
        let host = scalars.withUnsafeBytes { bytes in
            shape.withInt64 { sizes, rank in
                result { ctorch_from_bytes(bytes.baseAddress, sizes, rank, Scalar.dtype.code, $0) }
            }
        }
        self = device == .cpu ? host : host.to(device)
    }

    /// A scalar tensor.
    public init<Scalar: TorchScalar>(_ scalar: Scalar, device: Device = .cpu) {
        self.init([scalar], shape: [], device: device)
    }

    /// A tensor whose bytes are copied from `bytes`, in row-major order.
    public init(copying bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
        let wanted = shape.reduce(1, *) * dtype.byteCount
        guard demand(bytes.count == wanted, "\(bytes.count) bytes do not fill \(dtype)\(shape), which takes \(wanted)")
        else {
            self = undefinedTensor()
            return
        }
        self = shape.withInt64 { sizes, rank in
            result { ctorch_from_bytes(bytes.baseAddress, sizes, rank, dtype.code, $0) }
        }
    }

    /// A CPU tensor over memory that `owner` keeps alive, without a copy.
    ///
    /// - Parameters:
    ///   - memory: Address of the first element, aligned for `dtype`. It must not be written to while Swift code relies on
    ///     its content being constant.
    ///   - shape: Sizes of the dimensions, row-major.
    ///   - dtype: Type of the elements.
    ///   - owner: Retained until the last tensor that uses the memory is gone.
    public init(sharing memory: UnsafeMutableRawPointer, shape: [Int], dtype: DType, owner: any AnyObject & Sendable) {
        let context = Unmanaged.passRetained(owner as AnyObject).toOpaque()
        self = shape.withInt64 { sizes, rank in
            result { out in
                ctorch_from_memory(
                    memory, sizes, rank, dtype.code,
                    { context in context.map { Unmanaged<AnyObject>.fromOpaque($0).release() } }, context, out)
            }
        }
    }

    /// A tensor of `shape` filled with zeros.
    public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        full(shape, 0, dtype: dtype, device: device)
    }

    /// A tensor of `shape` filled with ones.
    public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        full(shape, 1, dtype: dtype, device: device)
    }

    /// A tensor of `shape` filled with `value`.
    public static func full(_ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        shape.withInt64 { sizes, rank in
            result { ctorch_full(value, sizes, rank, dtype.code, device.kind, device.index, $0) }
        }
    }

    /// A tensor of `shape` whose elements are whatever the memory held.
    public static func empty(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        shape.withInt64 { sizes, rank in
            result { ctorch_empty(sizes, rank, dtype.code, device.kind, device.index, $0) }
        }
    }

    /// The whole numbers of `range`.
    public static func arange(_ range: Range<Int>, dtype: DType = .int64, device: Device = .cpu) -> Tensor {
        result {
            ctorch_arange(
                Double(range.lowerBound), Double(range.upperBound), 1, dtype.code, device.kind, device.index, $0)
        }
    }

    /// The numbers 0 to `count` - 1.
    public static func arange(_ count: Int, dtype: DType = .int64, device: Device = .cpu) -> Tensor {
        arange(0..<count, dtype: dtype, device: device)
    }

    /// `count` numbers at equal distances, both ends of `range` included.
    public static func linspace(
        _ range: ClosedRange<Double>, count: Int, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        result {
            ctorch_linspace(
                range.lowerBound, range.upperBound, Int64(count), dtype.code, device.kind, device.index, $0)
        }
    }

    /// The identity matrix with `rows` rows and as many columns, or `columns`.
    public static func eye(
        _ rows: Int, _ columns: Int? = nil, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        result {
            ctorch_eye(Int64(rows), Int64(columns ?? rows), dtype.code, device.kind, device.index, $0)
        }
    }

    /// Zeros with the shape, dtype and device of this tensor.
    public func zerosLike() -> Tensor { unary(ctorch_zeros_like) }

    /// Ones with the shape, dtype and device of this tensor.
    public func onesLike() -> Tensor { unary(ctorch_ones_like) }

    /// A copy with its own memory, part of the gradient graph.
    public func clone() -> Tensor { unary(ctorch_clone) }
}
