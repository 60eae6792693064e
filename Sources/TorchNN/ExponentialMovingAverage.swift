public import Torch

/// Averages of a network's parameters over training, with one or several decays at once.
///
///     average = d average + (1 - d) parameter           after each update
///
/// They start as copies of the parameters, without correction. With warm-up the decay of update n, counted from 0, is
/// min(d, (1 + n) / (10 + n)), as in TensorFlow, so that early averages forget the start. Buffers are copied as they are.
///
///     let ema = ExponentialMovingAverage(of: store, decay: 0.999)
///     let averaged = ConvGenerator(in: ema.store.root)
public final class ExponentialMovingAverage {
    /// The decays in the order given.
    public let decays: [Double]
    /// Averaged stores of the same layout, one per decay, in the same order.
    public let stores: [ParameterStore]
    /// Whether the decay starts small.
    public let warmsUp: Bool
    /// Number of updates so far.
    public private(set) var updates = 0

    private let source: ParameterStore

    /// Averages of `store`.
    ///
    /// - Parameters:
    ///   - store: Whose network is complete.
    ///   - decays: Each in [0, 1); the release of arXiv 2602.04770 uses 0.999.
    ///   - warmsUp: Whether the decay starts small; the release's does not.
    public init(of store: ParameterStore, decays: [Double], warmsUp: Bool = false) {
        guard !decays.isEmpty, Set(decays).count == decays.count, decays.allSatisfy((0..<1).contains) else {
            fatalError("Decays of averages are different numbers in [0, 1), at least one, not \(decays).")
        }
        self.decays = decays
        self.warmsUp = warmsUp
        source = store
        stores = decays.map { _ in ParameterStore(copying: store) }
    }

    /// The average of `store` with one decay.
    public convenience init(of store: ParameterStore, decay: Double, warmsUp: Bool = false) {
        self.init(of: store, decays: [decay], warmsUp: warmsUp)
    }

    /// The averaged store of the first decay.
    public var store: ParameterStore { stores[0] }

    /// Takes the parameters as they are now into all averages.
    public func update() {
        let parameters = source.tensors
        for (decay, store) in zip(decays, stores) {
            ListOperations.lerp(store.tensors, towards: parameters, 1 - effective(decay))
            for (average, current) in zip(store.buffers, source.buffers) { average.tensor.copy(from: current.tensor) }
        }
        updates += 1
    }

    private func effective(_ decay: Double) -> Double {
        warmsUp ? min(decay, Double(1 + updates) / Double(10 + updates)) : decay
    }

    // MARK: State

    /// Everything that is needed to continue: `<decay>.<name>` for each average, and the number of `updates`.
    public var state: [NamedTensor] { averages + [("updates", Tensor(updates))] }

    /// Continues from a saved ``state``, bit for bit.
    ///
    /// - Parameters:
    ///   - saved: Tensors by name; all of the state must be there, and nothing else.
    ///   - source: What to call their origin in an error, such as the name of a file.
    /// - Throws: ``/Torch/TorchError`` that lists everything that does not fit; the state is then unchanged.
    public func restore(_ saved: [String: Tensor], from source: String = "the averages' state") throws {
        let count = Tensor(0)
        try StateMatch(saved, to: averages + [("updates", count)], from: source).copy()
        updates = count.intItem()
    }

    private var averages: [NamedTensor] {
        zip(decays, stores).flatMap { decay, store in store.state.map { ("\(decay).\($0.name)", $0.tensor) } }
    }
}
