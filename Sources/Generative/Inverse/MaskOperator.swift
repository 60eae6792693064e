public import Torch

/// Inpainting: some elements of the data are seen, the others are 0 in the measurement.
public struct MaskOperator: LinearOperator {
    /// 1 where data are seen and 0 elsewhere, shaped like one example.
    public let mask: Tensor
    /// Shape of one example.
    public let dataShape: [Int]

    /// A mask.
    ///
    /// - Parameters:
    ///   - mask: Numbers 0 and 1, or booleans, of `shape` or with 1 in place of any of its sizes, such as [1, H, W] for all
    ///     channels.
    ///   - shape: Shape of one example; that of the mask if nil.
    public init(_ mask: Tensor, of shape: [Int]? = nil) {
        let shape = shape ?? mask.shape
        demand(
            mask.rank == shape.count && zip(mask.shape, shape).allSatisfy { $0 == $1 || $0 == 1 },
            "a mask of shape \(mask.shape) does not fit data of shape \(shape)")
        let numbers = mask.to(.float32)
        demand(
            ((numbers .== 0) .| (numbers .== 1)).all().intItem() == 1, "a mask holds 0 and 1 only")
        self.mask = numbers.expand(shape)
        dataShape = shape
    }

    /// That of the data.
    public var measurementShape: [Int] { dataShape }

    /// The seen elements; 0 elsewhere.
    public func apply(_ data: Tensor) -> Tensor {
        require(data: data)
        return data * factor(data)
    }

    /// The same: a mask is its own adjoint.
    public func adjoint(_ measurement: Tensor) -> Tensor {
        require(measurement: measurement)
        return measurement * factor(measurement)
    }

    /// z / (mask + c).
    public func solve(_ measurement: Tensor, ridge: Tensor) -> Tensor {
        require(measurement: measurement)
        return measurement * regularisedInverse(factor(measurement).unsqueeze(0), ridge: ridge.factor(of: measurement))
    }

    private func factor(_ other: Tensor) -> Tensor { mask.to(other.device, other.dtype) }
}
