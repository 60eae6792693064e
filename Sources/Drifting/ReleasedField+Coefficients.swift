internal import Torch

extension ReleasedField {
    /// What the affinities of the released field are normalised over: table 11 of arXiv 2602.04770.
    public enum Normalisation: String, Sendable, Hashable, CaseIterable {
        /// Over targets and over generated points, in the geometric mean: the release's; FID 8.46 in the table.
        case both
        /// Over targets only, each row for itself; FID 8.92 in the table.
        case targets
        /// Not at all: the kernel, divided by its largest value between different points of the call, a constant that
        /// the normalisation of the force removes; FID 10.54 in the table.
        case none
    }
}

extension ReleasedField.Configuration {
    /// Whether only numbers differ from the release: what the fused operation knows.
    var isFusible: Bool { kernel == .laplace && normalisation == .both && attraction == 1 && repulsion == 1 }

    /// Logarithms of the kernel of normalised distances.
    func logits(_ distances: Tensor, _ temperature: Double) -> Tensor {
        kernel == .laplace ? distances * (-1 / temperature) : kernel.logValue(distances / temperature)
    }

    /// The coefficients of targets [B, rows, M] from the logits of some rows.
    ///
    /// - Parameters:
    ///   - logits: [B, rows, M].
    ///   - columnSums: Logarithms of the sums over all rows [B, 1, M], where `logits` does not have all of them.
    ///   - largest: The largest logit between different points of the call; only without normalisation.
    ///   - targets: For weights and kinds.
    func coefficients(logits: Tensor, columnSums: Tensor?, largest: Tensor?, _ targets: DriftTargets) -> Tensor {
        let product: Tensor
        switch normalisation {
        case .both:
            product = logits.softmax(2) * (columnSums.map { (logits - $0).exp() } ?? logits.softmax(1))
        case .targets: product = logits.softmax(2).square()
        case .none: product = ((logits - (largest ?? logits.amax())) * 2).exp()
        }
        let affinity = product.clamp(affinityFloor...).sqrt() * targets.weights.unsqueeze(1)
        let (repelling, attracting) = targets.split(affinity)
        return Tensor.cat(
            [
                -(repelling * (attracting.sum(2, keepDim: true) * repulsion)),
                attracting * (repelling.sum(2, keepDim: true) * attraction),
            ], 2)
    }
}
