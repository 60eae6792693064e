public import Torch
public import TorchNN

/// Parameters under the names and in the layouts of the authors' release (Flax).
///
/// Names are joined by `/`; kernels are [in, out] or HWIO, ours [out, in] or OIHW. Everything else has the same values.
public struct ReleasedParameters: Sendable {
    /// Tensors by the release's names.
    public let tensors: [String: Tensor]
    /// Name of their origin in an error, such as the path of a file.
    public let origin: String

    /// Takes tensors by the release's names.
    public init(_ tensors: [String: Tensor], from origin: String) {
        self.tensors = tensors
        self.origin = origin
    }

    /// Last parts of names that are `weight` in PyTorch.
    static let weightNames: Set = ["kernel", "scale", "embedding"]

    /// `a/b/kernel` as `a.b.weight`.
    static func dotted(_ path: String) -> String {
        var parts = path.split(separator: "/").map(String.init)
        if let last = parts.last, weightNames.contains(last) { parts[parts.count - 1] = "weight" }
        return parts.joined(separator: ".")
    }

    /// Gives a complete network all tensors: one that is missing, left over or of another shape is an error.
    ///
    /// - Parameters:
    ///   - store: The store of the network.
    ///   - renaming: The network's name for one of the release, such as ``DiT/parameterName(ofReleased:)``; nil keeps the
    ///     release's name, which the error then lists as unused.
    ///   - leniencies: Differences that are accepted.
    /// - Throws: ``/Torch/TorchError`` that lists everything that does not fit; then nothing is loaded.
    public func load(
        into store: ParameterStore, allowing leniencies: [Leniency] = [], renaming: (String) -> String?
    ) throws {
        var renamed: [String: Tensor] = [:]
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            // A second tensor for the same place keeps its own name, and so is reported as one too many.
            let place = renaming(name).flatMap { renamed[$0] == nil ? $0 : nil } ?? name
            renamed[place] = Self.layout(of: tensor, named: name)
        }
        try Weights.load(into: store, from: renamed, origin: origin, allowing: leniencies)
    }

    /// A tensor of the release in our layout: kernels HWIO as OIHW, [in, out] as [out, in].
    public static func layout(of tensor: Tensor, named name: String) -> Tensor {
        guard name.hasSuffix("kernel") else { return tensor }
        switch tensor.rank {
        case 4: return tensor.permute(3, 2, 0, 1).contiguous()
        case 2: return tensor.mT.contiguous()
        default: return tensor
        }
    }
}
