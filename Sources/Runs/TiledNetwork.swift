public import Backbones
public import Torch

/// A network that is always evaluated on the same number of rows.
///
/// Matrix products choose their order of summation by the number of rows, so a sample's last bits would depend on how many are
/// drawn with it. Rows of one tile do not influence each other: batch size and early leaving never change a sample. The last
/// tile is filled with copies of its last row.
public struct TiledNetwork: ConditionalNetwork {
    private let network: any ConditionalNetwork
    private let rows: Int

    /// A network on tiles of `rows`.
    public init(_ network: any ConditionalNetwork, rows: Int) {
        self.network = network
        self.rows = rows
    }

    /// That of the network.
    public var inputShape: [Int] { network.inputShape }

    /// One tensor per head.
    public func callAsFunction(_ input: NetworkInput) -> [Tensor] {
        let count = input.values.shape[0]
        guard count != rows, count > 0 else { return network(input) }
        let tiles = stride(from: 0, to: count, by: rows).map { start in
            guard start + rows > count else { return network(input.mapTensors { $0.slice(0, start, start + rows) }) }
            let places = Tensor((start..<start + rows).map { min($0, count - 1) }, device: input.values.device)
            return network(input.mapTensors { $0.indexSelect(0, places) })
        }
        return tiles[0].indices.map { head in
            Tensor.cat(tiles.map { $0[head] }).slice(0, 0, count)
        }
    }
}

extension NetworkInput {
    fileprivate func mapTensors(_ transform: (Tensor) -> Tensor) -> NetworkInput {
        NetworkInput(
            values: transform(values), labels: labels.map(transform), time: time.map(transform),
            scalars: scalars.map(transform), extra: extra.map(transform))
    }
}
