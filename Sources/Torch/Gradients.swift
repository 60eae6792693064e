internal import CTorch

extension Tensor {
    /// Whether operations on this tensor are recorded for gradients.
    public var requiresGrad: Bool { withHandle { ctorch_requires_grad($0) } }

    /// Whether no recorded operation made this tensor: parameters and inputs are leaves.
    public var isLeaf: Bool { withHandle { ctorch_is_leaf($0) } }

    /// This leaf, with operations on it recorded from now on, or no longer.
    @discardableResult
    public func requiringGrad(_ on: Bool = true) -> Tensor {
        withHandle { _ = succeeded(ctorch_set_requires_grad($0, on)) }
        return self
    }

    /// The same values outside of the gradient graph, in the same memory.
    public func detach() -> Tensor { unary(ctorch_detach) }

    /// The gradient that ``backward(_:retainGraph:createGraph:)`` accumulated in this leaf, if any.
    public var grad: Tensor? {
        get {
            let gradient = unary(ctorch_grad)
            return gradient.isDefined ? gradient : nil
        }
        nonmutating set {
            withHandle { handle in
                Torch.withHandle(of: newValue) { _ = succeeded(ctorch_set_grad(handle, $0)) }
            }
        }
    }

    /// Adds the gradients of this tensor with respect to all leaves to their ``grad``.
    ///
    /// - Parameters:
    ///   - gradient: Gradient of what comes after with respect to this tensor; absent for a scalar.
    ///   - retainGraph: Whether the graph can be used again.
    ///   - createGraph: Whether the gradients can be differentiated themselves.
    public func backward(_ gradient: Tensor? = nil, retainGraph: Bool = false, createGraph: Bool = false) {
        withHandles([self]) { roots, count in
            if let gradient {
                withHandles([gradient]) { seeds, _ in
                    _ = succeeded(ctorch_backward(roots, seeds, count, retainGraph || createGraph, createGraph))
                }
            } else {
                _ = succeeded(ctorch_backward(roots, nil, count, retainGraph || createGraph, createGraph))
            }
        }
    }

    /// The values of `value` [B], whose gradient with respect to this tensor [B, ...] is declared to be `gradient`, of
    /// this tensor's shape: the bridge from closed-form gradients to automatic ones.
    public func attachingGradient(_ gradient: Tensor, to value: Tensor) -> Tensor {
        withHandles(self, value, gradient) { x, v, g in result { ctorch_attach_gradient(x, v, g, $0) } }
    }
}

/// Gradients of a scalar with respect to `inputs`, without touching their ``Tensor/grad``.
///
/// - Parameters:
///   - output: A scalar, or any tensor together with `seed`.
///   - inputs: Tensors that take part in `output`; one that does not is a programmer's error.
///   - seed: The vector of a vector-Jacobian product, shaped like `output`.
///   - retainGraph: Whether the graph can be used again.
///   - createGraph: Whether the gradients can be differentiated themselves.
/// - Returns: One gradient per input, with its shape.
public func gradients(
    of output: Tensor, withRespectTo inputs: [Tensor], seed: Tensor? = nil, retainGraph: Bool = false,
    createGraph: Bool = false
) -> [Tensor] {
    withHandles([output]) { roots, count in
        withHandles(inputs) { inputs, inputCount in
            withHandles(seed.map { [$0] } ?? []) { seeds, seedCount in
                results(count: Int(inputCount)) {
                    ctorch_gradients(
                        roots, seedCount == 0 ? nil : seeds, count, inputs, inputCount, retainGraph || createGraph,
                        createGraph, false, $0)
                }
            }
        }
    }
}

/// Runs `body` without recording operations for gradients.
///
/// Thread-local and synchronous: the mode never crosses an `await`.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try withGradients(enabled: false, body)
}

/// Runs `body` with operations recorded for gradients, also inside ``withoutGradients(_:)``.
public func withGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try withGradients(enabled: true, body)
}

private func withGradients<Result>(enabled: Bool, _ body: () throws -> Result) rethrows -> Result {
    let before = ctorch_grad_enabled()
    ctorch_set_grad_enabled(enabled)
    defer { ctorch_set_grad_enabled(before) }
    return try body()
}

/// Runs `body` with matrix products and convolutions in a shorter dtype; other operations choose what is safe.
///
/// Weights stay as they are; their shorter copies are kept until the outermost scope ends, so a scope should span one
/// forward pass. Thread-local and synchronous: the mode never crosses an `await`.
///
/// - Parameters:
///   - dtype: `bfloat16`, or `float16` on GPUs; nil runs `body` unchanged.
///   - device: Where the operations run.
///   - body: The work.
public func withAutocast<Result>(
    _ dtype: DType?, on device: Device = .cpu, _ body: () throws -> Result
) rethrows -> Result {
    guard let dtype else { return try body() }
    let before = ctorch_autocast_state(device.kind)
    _ = succeeded(ctorch_autocast_enter(device.kind, ctorch_autocast(enabled: true, dtype: dtype.code)))
    defer { _ = succeeded(ctorch_autocast_exit(device.kind, before)) }
    return try body()
}

/// Runs `body` with every operation in the dtype of its inputs, also inside ``withAutocast(_:on:_:)``.
public func withoutAutocast<Result>(on device: Device = .cpu, _ body: () throws -> Result) rethrows -> Result {
    let before = ctorch_autocast_state(device.kind)
    let off = ctorch_autocast(enabled: false, dtype: before.dtype)
    _ = succeeded(ctorch_autocast_enter(device.kind, off))
    defer { _ = succeeded(ctorch_autocast_exit(device.kind, before)) }
    return try body()
}
