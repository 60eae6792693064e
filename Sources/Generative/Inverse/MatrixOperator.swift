public import Torch

/// A measurement of vectors by a matrix: z = A y.
public struct MatrixOperator: LinearOperator {
    /// A [M, D].
    public let matrix: Tensor
    private let eigenvalues: Tensor
    private let eigenvectors: Tensor

    /// The operator of a matrix [M, D].
    public init(_ matrix: Tensor) {
        demand(matrix.rank == 2, "an operator on vectors is a matrix, not a tensor of shape \(matrix.shape)")
        self.matrix = matrix
        let eigen = matrix.gram()
        (eigenvalues, eigenvectors) = (eigen.values, eigen.vectors)
    }

    /// [D].
    public var dataShape: [Int] { [matrix.shape[1]] }

    /// [M].
    public var measurementShape: [Int] { [matrix.shape[0]] }

    /// A y.
    public func apply(_ data: Tensor) -> Tensor {
        require(data: data)
        return data.matmul(matrix.like(data).mT)
    }

    /// Aᵀ z.
    public func adjoint(_ measurement: Tensor) -> Tensor {
        require(measurement: measurement)
        return measurement.matmul(matrix.like(measurement))
    }

    /// (A Aᵀ + c I)⁻¹ z, by the eigenvalues of A Aᵀ.
    public func solve(_ measurement: Tensor, ridge: Tensor) -> Tensor {
        require(measurement: measurement)
        let vectors = eigenvectors.like(measurement)
        let inverse = regularisedInverse(
            eigenvalues.like(measurement).unsqueeze(0), ridge: ridge.factor(of: measurement))
        return (measurement.matmul(vectors) * inverse).matmul(vectors.mT)
    }
}

/// A measurement of pictures by a matrix along each axis: Z = R Y Cᵀ for each channel.
///
/// Blur by a product of kernels and smaller pictures are such operators.
public struct SeparableOperator: LinearOperator {
    /// R [h, H].
    public let rows: Tensor
    /// C [w, W].
    public let columns: Tensor
    /// Number of channels.
    public let channels: Int
    private let rowEigen: (values: Tensor, vectors: Tensor)
    private let columnEigen: (values: Tensor, vectors: Tensor)

    /// An operator on pictures.
    ///
    /// - Parameters:
    ///   - rows: R [h, H], which acts on columns of pixels.
    ///   - columns: C [w, W], which acts on rows of pixels.
    ///   - channels: Number of channels.
    public init(rows: Tensor, columns: Tensor, channels: Int) {
        demand(rows.rank == 2 && columns.rank == 2 && channels >= 1, "an operator on pictures takes two matrices")
        self.rows = rows
        self.columns = columns
        self.channels = channels
        rowEigen = rows.gram()
        columnEigen = columns.gram()
    }

    /// Super-resolution: means of squares of `factor` pixels.
    ///
    /// - Parameters:
    ///   - factor: Side of a square; divides both sides of the pictures.
    ///   - shape: [C, H, W].
    public static func averagePooling(_ factor: Int, of shape: [Int]) -> SeparableOperator {
        demand(
            shape.count == 3 && factor >= 1 && shape[1] % factor == 0 && shape[2] % factor == 0,
            "pictures of shape \(shape) have no squares of \(factor) pixels: both sides must be multiples of it")
        func means(_ size: Int) -> Tensor {
            Tensor.eye(size / factor, dtype: .float64).repeatInterleave(factor, 1) / Double(factor)
        }
        return SeparableOperator(rows: means(shape[1]), columns: means(shape[2]), channels: shape[0])
    }

    /// Blur by a Gaussian whose weights on the picture are scaled to sum 1, so that borders keep their brightness.
    ///
    /// - Parameters:
    ///   - deviation: Standard deviation in pixels, above 0.
    ///   - shape: [C, H, W].
    public static func gaussianBlur(deviation: Double, of shape: [Int]) -> SeparableOperator {
        demand(
            shape.count == 3 && deviation > 0, "a blur of pictures has a positive deviation, unlike \(deviation)")
        func weights(_ size: Int) -> Tensor {
            let places = Tensor.arange(size, dtype: .float64)
            let distance = (places.unsqueeze(0) - places.unsqueeze(1)) / deviation
            return (distance.square() * -0.5).softmax(1)
        }
        return SeparableOperator(rows: weights(shape[1]), columns: weights(shape[2]), channels: shape[0])
    }

    /// [C, H, W].
    public var dataShape: [Int] { [channels, rows.shape[1], columns.shape[1]] }

    /// [C, h, w].
    public var measurementShape: [Int] { [channels, rows.shape[0], columns.shape[0]] }

    /// R Y Cᵀ.
    public func apply(_ data: Tensor) -> Tensor {
        require(data: data)
        return rows.like(data).matmul(data).matmul(columns.like(data).mT)
    }

    /// Rᵀ Z C.
    public func adjoint(_ measurement: Tensor) -> Tensor {
        require(measurement: measurement)
        return rows.like(measurement).mT.matmul(measurement).matmul(columns.like(measurement))
    }

    /// (A Aᵀ + c I)⁻¹ Z: in the eigenbases of R Rᵀ and C Cᵀ a division by the products of their eigenvalues, plus c.
    public func solve(_ measurement: Tensor, ridge: Tensor) -> Tensor {
        require(measurement: measurement)
        let (u, v) = (rowEigen.vectors.like(measurement), columnEigen.vectors.like(measurement))
        let products = rowEigen.values.like(measurement).unsqueeze(1) * columnEigen.values.like(measurement)
        let inverse = regularisedInverse(products.unsqueeze(0).unsqueeze(0), ridge: ridge.factor(of: measurement))
        return u.matmul(u.mT.matmul(measurement).matmul(v) * inverse).matmul(v.mT)
    }
}

extension Tensor {
    /// Eigenvalues, not negative, and eigenvectors of M Mᵀ, in double precision on the host.
    fileprivate func gram() -> (values: Tensor, vectors: Tensor) {
        let matrix = to(.cpu, .float64)
        let eigen = matrix.matmul(matrix.mT).eigh()
        return (eigen.values.clamp(0...Double.greatestFiniteMagnitude), eigen.vectors)
    }

    /// These numbers on the device and of the type of others.
    fileprivate func like(_ other: Tensor) -> Tensor { to(other.device, other.dtype) }
}
