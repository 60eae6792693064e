public import Torch

/// Shortens all gradients by one factor if their joint length exceeds a bound: g min(1, bound / |g|).
///
/// Nothing waits for the device; the norm is read only when its value is asked for. A norm that is not a number makes all
/// gradients so. PyTorch's `clip_grad_norm_` divides by |g| + 1e-6 instead.
///
/// - Parameters:
///   - store: Whose parameters' gradients are clipped; those without one are left out.
///   - bound: Greatest length, above 0.
/// - Returns: |g| before clipping, a scalar.
@discardableResult
public func clipGradients(of store: ParameterStore, globalNorm bound: Double) -> Tensor {
    clipGradients(store.tensors.compactMap(\.grad), globalNorm: bound)
}

/// Shortens `gradients` in place by one factor if their joint length exceeds a bound.
///
/// - Parameters:
///   - gradients: Changed in place.
///   - bound: Greatest length, above 0.
/// - Returns: The length before clipping, a scalar.
@discardableResult
public func clipGradients(_ gradients: [Tensor], globalNorm bound: Double) -> Tensor {
    guard bound > 0 else { fatalError("Gradients cannot be clipped to the length \(bound): it must be above 0.") }
    let norm = ListOperations.globalNorm(gradients)
    ListOperations.scale(gradients, by: (bound / norm).clamp(...1))
    return norm
}
