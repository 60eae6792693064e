internal import Torch
internal import TorchNN

/// Time, class and further numbers of an example as one vector, the sum of an embedding of each, [B, width].
///
/// Parameters: `time`, `classes`, `guidance`, and `scalars.NAME` for other numbers.
struct ConditionEmbedding: Sendable {
    private let interface: NetworkInterface
    private let time: ScalarEmbedding?
    private let classes: Embedding?
    private let scalars: ScalarEmbeddings

    /// The embedding for an interface; nil if nothing is to be embedded: no time, no scalars, a single class.
    init?(_ interface: NetworkInterface, width: Int, in scope: Scope) {
        guard interface.time != .none || interface.labels > 1 || !interface.scalars.isEmpty else { return nil }
        self.interface = interface
        time = ScalarEmbedding(of: interface.time, width: width, in: scope / "time")
        classes = interface.labels > 1 ? Embedding(interface.labels, width, in: scope / "classes") : nil
        scalars = ScalarEmbeddings(interface.scalars, width: width, guidanceScale: 1, in: scope)
    }

    func callAsFunction(_ input: NetworkInput) -> Tensor {
        var parts = scalars(interface.scalars.indices.map(input.scalar))
        if let time { parts.append(time(input.requiredTime())) }
        if let classes { parts.append(classes(input.labels(for: interface))) }
        return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
    }
}

/// Embeddings of the numbers that an interface names beside time.
///
/// "guidance" is embedded as in the release of arXiv 2602.04770, in `guidance`; others in `scalars.NAME`, at a rate that tells
/// differences of a hundredth and still is smooth over tens of units.
struct ScalarEmbeddings: Sendable {
    private static let rate = 100.0
    private let layers: [any Layer]

    init(_ names: [String], width: Int, guidanceScale: Double, weight: Initializer? = nil, in scope: Scope) {
        layers = names.map { name -> any Layer in
            if name == "guidance" {
                return GuidanceEmbedding(width: width, scale: guidanceScale, in: scope / "guidance")
            }
            return ScalarEmbedding(width: width, rate: Self.rate, in: scope / "scalars" / name, weight: weight)
        }
    }

    /// The vectors [B, width] of numbers [B], in the order of the names.
    func callAsFunction(_ numbers: [Tensor]) -> [Tensor] { zip(layers, numbers).map { $0($1) } }
}
