public import Generative
public import Torch

/// Pairing of noise and data: flow matching carries one marginal to the other under any pairing.
///
/// Tong et al., arXiv 2302.00482. A coupling permutes the noise of a batch, so that each number is used once and the
/// marginals stay what they are. The data stay where they are, with whatever belongs to them: labels, masks, latents, times.
public protocol Coupling: Sendable {
    /// The order of the noise that pairs it with the data.
    ///
    /// - Parameters:
    ///   - data: Data [B, ...].
    ///   - noise: Noise, shaped like the data.
    ///   - source: Randomness.
    /// - Returns: A permutation of 0 to B - 1 [B], int64: data i goes with noise `order[i]`.
    func order(data: Tensor, noise: Tensor, using source: RandomSource) -> Tensor
}

extension Coupling {
    /// The order of the noise where it is exchanged within classes only.
    ///
    /// A model that is told the class needs that: noise that is chosen for a class among that of others is no longer normal
    /// given the class, though it is in all.
    ///
    /// - Parameters:
    ///   - data: Data [B, ...].
    ///   - noise: Noise, shaped like the data.
    ///   - classes: Class of each example [B], int64; the whole batch is one class if nil.
    ///   - source: Randomness.
    /// - Returns: A permutation of 0 to B - 1 [B], int64, that maps each class to itself.
    public func order(data: Tensor, noise: Tensor, within classes: Tensor?, using source: RandomSource) -> Tensor {
        guard let classes else { return order(data: data, noise: noise, using: source) }
        demand(classes.shape == [data.shape[0]], "classes of shape \(classes.shape) for \(data.shape[0]) examples")
        let members = Dictionary(grouping: classes.scalars(as: Int64.self).enumerated(), by: \.element)
        var order = [Int](0..<data.shape[0])
        for (_, group) in members.sorted(by: { $0.key < $1.key }) where group.count > 1 {
            let places = group.map(\.offset)
            let rows = Tensor(places, device: data.device)
            let chosen = self.order(
                data: data.indexSelect(0, rows), noise: noise.indexSelect(0, rows), using: source)
            for (place, other) in zip(places, chosen.scalars(as: Int64.self)) { order[place] = places[Int(other)] }
        }
        return Tensor(order, device: data.device)
    }
}

/// Noise and data drawn independently, in the order in which they were drawn.
public struct IndependentCoupling: Coupling, Hashable {
    /// The coupling; it has no parameters.
    public init() {}

    /// The identity.
    public func order(data: Tensor, noise: Tensor, using source: RandomSource) -> Tensor {
        Tensor.arange(data.shape[0], device: data.device)
    }
}

extension LabelledBatch {
    /// This batch with its noise in the order that a coupling gives it.
    ///
    /// - Parameters:
    ///   - coupling: The pairing of noise and data.
    ///   - classes: True classes [B], within which noise is exchanged; the whole batch if nil. Labels of the batch may have been
    ///     dropped, so they do not tell.
    ///   - source: Randomness.
    public func coupled(
        by coupling: some Coupling, within classes: Tensor? = nil, using source: RandomSource
    ) -> LabelledBatch {
        var batch = self
        let order = coupling.order(data: data, noise: noise, within: classes, using: source)
        batch.noise = noise.indexSelect(0, order)
        return batch
    }
}
