public import Torch

/// The tensors of a network by path: parameters, which are trained, and buffers, which are not.
///
/// Networks are structs whose layers take their tensors from a ``Scope`` of the store:
///
///     let store = ParameterStore(seed: Seed(42).child("init"))
///     let network = ConvGenerator(in: store.root)
///
/// Paths are PyTorch's, such as `blocks.0.norm.weight`. Each path has its own seed, so that the initial values do not
/// depend on the order of construction; they are drawn on the CPU, so that they do not depend on the device either.
public final class ParameterStore {
    enum Kind: String {
        case parameter, buffer
    }

    /// Origin of the values of new tensors.
    enum Filling {
        /// An ``Initializer``.
        case initial
        /// None: they are about to be overwritten.
        case unset
        /// None, nor memory for them: one number stands for all.
        case absent
    }

    private struct Entry {
        let tensor: Tensor
        let kind: Kind
        var isClaimed: Bool
    }

    /// Where the seeds of the initial values come from.
    public let seed: Seed
    /// Where the tensors live.
    public let device: Device
    /// Type of the parameters.
    public let dtype: DType

    let filling: Filling
    private var entries: [String: Entry] = [:]
    private var sortedPaths: [String]?
    private let isCopy: Bool

    /// An empty store.
    ///
    /// - Parameters:
    ///   - seed: Root of the seeds of the initial values; the one of a path is `seed.child(path)`.
    ///   - device: Where the tensors live.
    ///   - dtype: Type of the parameters; lower precision is a matter of ``/Torch/withAutocast(_:on:_:)``.
    public init(seed: Seed, device: Device = .cpu, dtype: DType = .float32) {
        self.seed = seed
        self.device = device
        self.dtype = dtype
        filling = .initial
        isCopy = false
    }

    private init(_ filling: Filling, device: Device, dtype: DType) {
        seed = Seed(0)
        (self.device, self.dtype, self.filling) = (device, dtype, filling)
        isCopy = false
    }

    /// An empty store for a network that is loaded at once: its tensors have no values until then, which saves drawing them.
    public static func unset(on device: Device = .cpu, dtype: DType = .float32) -> ParameterStore {
        ParameterStore(.unset, device: device, dtype: dtype)
    }

    /// A store of names and shapes alone, which takes no memory however large the network is.
    ///
    /// Its tensors are not to be used.
    public static func blueprint(dtype: DType = .float32) -> ParameterStore {
        ParameterStore(.absent, device: .cpu, dtype: dtype)
    }

    /// A store of the same layout with its own copies of the values, which do not require gradients.
    ///
    /// A network built in it by the same code takes the tensors that are there instead of initial ones.
    ///
    /// - Parameter original: A store whose network is complete.
    public init(copying original: ParameterStore) {
        seed = original.seed
        device = original.device
        dtype = original.dtype
        filling = .initial
        isCopy = true
        entries = original.entries.mapValues {
            Entry(tensor: $0.tensor.detach().clone(), kind: $0.kind, isClaimed: false)
        }
    }

    /// False of a ``blueprint(dtype:)``, whose network cannot be evaluated.
    public var hasValues: Bool { filling != .absent }

    /// The scope that contains all others.
    public var root: Scope { Scope(store: self, path: "") }

    /// The trained tensors in the order of their names, whatever the order of construction.
    public var parameters: [NamedTensor] { named(.parameter) }

    /// The other tensors in the order of their names.
    public var buffers: [NamedTensor] { named(.buffer) }

    /// Parameters and buffers in the order of their names: what a weight file holds.
    public var state: [NamedTensor] {
        paths.compactMap { path in entries[path].map { (path, $0.tensor) } }
    }

    /// The trained tensors in the order of their names.
    public var tensors: [Tensor] { parameters.map(\.tensor) }

    /// Number of elements of all parameters.
    public var count: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

    /// The parameter or buffer of this name.
    public subscript(name: String) -> Tensor? { entries[name]?.tensor }

    /// Makes all parameters constants, or trained again.
    ///
    /// - Parameter frozen: Whether no gradients are to be computed for them.
    public func freeze(_ frozen: Bool = true) {
        for tensor in tensors { tensor.requiringGrad(!frozen) }
    }

    // MARK: For scopes

    /// The tensor at `path`, made unless this store is a copy; each path is given out once.
    func claim(_ path: String, _ kind: Kind, shape: [Int], make: () -> Tensor) -> Tensor {
        guard var entry = entries[path] else {
            guard !isCopy else {
                fatalError("The copied store has no \(kind) '\(path)': build in it the network of the original.")
            }
            let entry = Entry(tensor: make(), kind: kind, isClaimed: true)
            entries[path] = entry
            sortedPaths = nil
            return entry.tensor
        }
        guard !entry.isClaimed else {
            fatalError("The path '\(path)' is taken: give each layer a scope of its own, such as scope / \"name\".")
        }
        guard entry.kind == kind, entry.tensor.shape == shape else {
            fatalError("'\(path)' is a \(entry.kind) \(entry.tensor.shape), not a \(kind) \(shape).")
        }
        entry.isClaimed = true
        entries[path] = entry
        return entry.tensor
    }

    private var paths: [String] {
        if let sortedPaths { return sortedPaths }
        let sorted = entries.keys.sorted()
        sortedPaths = sorted
        return sorted
    }

    private func named(_ kind: Kind) -> [NamedTensor] {
        paths.compactMap { path in
            guard let entry = entries[path], entry.kind == kind else { return nil }
            return (path, entry.tensor)
        }
    }
}
