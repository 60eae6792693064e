public import Torch

/// A place in a ``ParameterStore`` where a layer puts its tensors.
///
///     Linear(64, 128, in: scope / "blocks" / 0 / "up")    // blocks.0.up.weight, blocks.0.up.bias
public struct Scope {
    /// The store that this is a place of.
    public let store: ParameterStore
    /// Names from the root on, with dots between them; empty at the root.
    public let path: String

    init(store: ParameterStore, path: String) {
        self.store = store
        self.path = path
    }

    /// The place `name` inside of this one.
    public static func / (scope: Scope, name: String) -> Scope {
        Scope(store: scope.store, path: scope.path(of: name))
    }

    /// The place with the number `index` inside of this one.
    public static func / (scope: Scope, index: Int) -> Scope { scope / String(index) }

    /// A trained tensor: a leaf that requires gradients.
    ///
    /// Four-dimensional ones lie in memory as `channelsLast`, which convolutions are faster with.
    ///
    /// - Parameters:
    ///   - name: Its name in this place; each may be used once.
    ///   - shape: Its sizes.
    ///   - initializer: Its first values, drawn with a seed of the whole path.
    /// - Returns: The tensor, which the store keeps as well.
    public func parameter(_ name: String, _ shape: [Int], _ initializer: Initializer) -> Tensor {
        let path = path(of: name)
        return store.claim(path, .parameter, shape: shape) {
            let tensor = initial(path, shape, store.dtype, initializer)
            return store.filling == .absent ? tensor : tensor.requiringGrad()
        }
    }

    /// A tensor that belongs to the network and to its weight file but is not trained.
    ///
    /// - Parameters:
    ///   - name: Its name in this place; each may be used once.
    ///   - shape: Its sizes.
    ///   - initializer: Its first values, drawn with a seed of the whole path.
    ///   - dtype: Its type; the store's if absent.
    /// - Returns: The tensor, which the store keeps as well.
    public func buffer(_ name: String, _ shape: [Int], _ initializer: Initializer, dtype: DType? = nil) -> Tensor {
        let path = path(of: name)
        return store.claim(path, .buffer, shape: shape) { initial(path, shape, dtype ?? store.dtype, initializer) }
    }

    private func path(of name: String) -> String {
        guard !name.isEmpty else { fatalError("A name in the scope '\(path)' is empty.") }
        return path.isEmpty ? name : "\(path).\(name)"
    }

    private func initial(_ path: String, _ shape: [Int], _ dtype: DType, _ initializer: Initializer) -> Tensor {
        switch store.filling {
        case .initial: drawn(path, shape, dtype, initializer)
        case .unset:
            Tensor.empty(shape, dtype: dtype, device: store.device).contiguous(
                shape.count == 4 ? .channelsLast : .contiguous)
        case .absent: Tensor.zeros([], dtype: dtype).expand(shape)
        }
    }

    private func drawn(_ path: String, _ shape: [Int], _ dtype: DType, _ initializer: Initializer) -> Tensor {
        let values = withoutGradients { initializer(shape, seed: store.seed.child(path)) }
        guard values.shape == shape else {
            fatalError("The initial values of '\(path)' have the shape \(values.shape), not \(shape).")
        }
        let placed = values.to(store.device, dtype)
        return shape.count == 4 ? placed.contiguous(.channelsLast) : placed.contiguous()
    }
}
