public import Torch

/// A path whose type is known at run time only, for code that settings decide.
public struct AnyPath: AffinePath {
    /// The path itself.
    public let base: any AffinePath

    /// A path of any type.
    public init(_ base: any AffinePath) { self.base = (base as? AnyPath)?.base ?? base }

    /// Those of the path.
    public func coefficients(at time: Tensor) -> PathCoefficients { base.coefficients(at: time) }
}
