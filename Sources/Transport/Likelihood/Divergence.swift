internal import Generative
internal import Torch

/// Way to the divergence of a velocity, Σ_d ∂v_d / ∂x_d.
public enum Divergence: Sendable, Hashable {
    /// One backward pass for each of the D dimensions: exact, and for points and small images.
    case exact
    /// The mean of z · (∂v/∂x) z over random vectors z: one backward pass for each, unbiased (Hutchinson; Grathwohl et al.,
    /// arXiv 1810.01367). The vectors of a sample stay the same along its trajectory, as a solver's error control requires.
    case hutchinson(probes: Int, Probe = .rademacher)

    /// Distribution of the random vectors.
    public enum Probe: String, Sendable, Hashable, CaseIterable {
        /// Signs: exact where the Jacobian is diagonal, and of less variance than normal numbers.
        case rademacher
        /// Standard normal numbers.
        case gaussian
    }

    /// Random vectors [B, P, D] of the samples; nil where none are needed.
    func probes(for x: Tensor, using source: RandomSource) -> Tensor? {
        guard case .hutchinson(let count, let kind) = self else { return nil }
        demand(count >= 1, "an estimate of the divergence needs at least one probe, not \(count)")
        let shape = [x.shape[0], count, x.shape.dropFirst().reduce(1, *)]
        switch kind {
        case .gaussian: return Tensor.randn(shape, using: source, dtype: x.dtype)
        case .rademacher: return Tensor.randint(0..<2, shape, using: source).to(x.dtype) * 2.0 - 1.0
        }
    }

    /// Number of backward passes per evaluation.
    func passes(dimensions: Int) -> Int {
        if case .hutchinson(let probes, _) = self { probes } else { dimensions }
    }
}

/// The condition of a ``DivergenceField``: that of its model, and the probes of each sample.
struct ProbedCondition<Condition> {
    let condition: Condition
    let probes: Tensor?
}

/// A velocity together with its divergence: the state of a sample is its position and the integral so far, [B, D + 1].
struct DivergenceField<Model: VectorField>: VectorField {
    let model: Model
    /// Shape of one sample.
    let shape: [Int]
    /// True if gradients flow through the divergence, which costs memory.
    let isDifferentiable: Bool

    func velocity(at state: Tensor, time: Tensor, given condition: ProbedCondition<Model.Condition>) -> Tensor {
        let dimensions = shape.reduce(1, *)
        return withGradients {
            var x = state.slice(1, 0, dimensions).reshape([state.shape[0]] + shape)
            if !isDifferentiable || !x.requiresGrad { x = x.detach().requiringGrad() }
            let velocity = model.velocity(at: x, time: time, given: condition.condition)
            let flat = velocity.reshape(state.shape[0], dimensions)
            let divergence = self.divergence(of: flat, x, condition.probes)
            let both = Tensor.cat([flat, divergence.unsqueeze(1)], 1)
            return isDifferentiable ? both : both.detach()
        }
    }

    /// Σ_d ∂v_d / ∂x_d [B], in the dtype of the velocity.
    private func divergence(of velocity: Tensor, _ x: Tensor, _ probes: Tensor?) -> Tensor {
        let dimensions = velocity.shape[1]
        let count = probes?.shape[1] ?? dimensions
        var total = Tensor.zeros([velocity.shape[0]], dtype: velocity.dtype, device: velocity.device)
        guard velocity.requiresGrad else { return total }  // a velocity that does not depend on the position
        for index in 0..<count {
            let keep = isDifferentiable || index < count - 1
            if let probe = probes?.select(1, index) {
                total = total + (product(velocity, x, probe, keep) * probe).sum(1)
            } else {
                let unit = velocity.zerosLike()
                unit.select(1, index).fillInPlace(1)
                total = total + product(velocity, x, unit, keep).select(1, index)
            }
        }
        return probes == nil ? total : total / Double(count)
    }

    /// The vector-Jacobian product z · ∂v/∂x [B, D].
    private func product(_ velocity: Tensor, _ x: Tensor, _ vector: Tensor, _ keep: Bool) -> Tensor {
        gradients(
            of: velocity, withRespectTo: [x], seed: vector, retainGraph: keep, createGraph: isDifferentiable)[0]
            .reshape(velocity.shape)
    }

    static func select(
        _ indices: Tensor, from condition: ProbedCondition<Model.Condition>
    ) -> ProbedCondition<Model.Condition> {
        ProbedCondition(
            condition: Model.select(indices, from: condition.condition),
            probes: condition.probes?.indexSelect(0, indices))
    }
}
