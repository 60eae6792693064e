import Generative
import TestSupport
import Testing
import Torch

/// Flow matching as a minimal objective: |v(x_t, t) - (y - e)|², and the mean length of v as a second term.
private struct StraightMatching<Model: VectorField>: Objective where Model.Condition == Void {
    func loss(of model: Model, on data: Tensor, using source: RandomSource) -> Loss {
        let noise = Tensor.randn(data.shape, using: source, dtype: data.dtype)
        let time = Tensor.rand([data.shape[0]], using: source, dtype: data.dtype)
        let x = LinearPath().position(of: data, noise: noise, at: time)
        let velocity = model.velocity(at: x, time: time)
        let error = (velocity - LinearPath().velocity(of: data, noise: noise, at: time)).square().sum(1)
        return Loss(perExample: error, metrics: ["speed": velocity.norm(1).mean()])
    }
}

/// A velocity field with an error of its own: v + c.
private struct Shifted<Field: VectorField>: VectorField where Field.Condition == Void {
    var field: Field
    var shift: Tensor

    func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor { field.velocity(at: x, time: time) + shift }
}

/// A model whose condition is a structure of its own says how it follows a selection.
private struct Scaled: OneStepGenerator {
    struct Condition {
        var scale: Tensor
        var name: String
    }

    func generate(from noise: Tensor, given condition: Condition) -> Tensor {
        noise * condition.scale.alongBatch(of: noise)
    }

    static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Condition(scale: condition.scale.indexSelect(0, indices), name: condition.name)
    }
}

@Suite("Objectives, losses and roles") struct ObjectiveTests {
    @Test("The exact velocity is a minimum of flow matching, and the loss repeats for the same seed")
    func objective() {
        let data = threeGaussians.draw(4000, using: source("data")).points
        let exact = MixtureVelocity(of: threeGaussians, along: LinearPath())
        let objective = StraightMatching<Shifted<MixtureVelocity<LinearPath>>>()
        let shift = Tensor.zeros([2], dtype: .float64).requiringGrad()
        let loss = objective.loss(of: Shifted(field: exact, shift: shift), on: data, using: source("loss"))
        #expect(loss.perExample.shape == [4000])
        let slope = gradients(of: loss.mean, withRespectTo: [shift])[0]
        let error = 2 * (loss.perExample.mean().item() / 4000).squareRoot()
        #expect(slope.abs().amax().item() < 4 * error)
        let again = objective.loss(of: Shifted(field: exact, shift: shift), on: data, using: source("loss"))
        assertEqual(again.perExample.detach(), loss.perExample.detach())
        #expect(loss.metrics["speed"]?.requiresGrad == false)
    }

    @Test("A sum of terms keeps each of them, weighted and detached, and names those that are not finite")
    func terms() {
        let x = Tensor([1.0, 2]).requiringGrad()
        let loss = Loss(sumOf: [.init("square", x.square()), .init("inverse", weight: 0.5, 1 / x)], metrics: ["x": x])
        assertClose(loss.perExample, Tensor([1.5, 4.25]))
        assertClose(loss.mean.item(), 2.875)
        assertClose(gradients(of: loss.perExample.sum(), withRespectTo: [x])[0], Tensor([1.5, 3.875]))
        #expect(loss.terms.names == ["square", "inverse"])
        assertClose(loss.terms["inverse"] ?? x, Tensor([0.5, 0.25]))
        #expect(loss.terms.allSatisfy { !$0.value.requiresGrad } && loss.metrics.allSatisfy { !$0.value.requiresGrad })
        #expect(loss.isFinite && loss.nonFiniteTerms.isEmpty)

        let zero = Tensor([1.0, 0])
        let broken = Loss(sumOf: [.init("square", zero.square()), .init("inverse", 1 / zero)])
        #expect(!broken.isFinite && broken.nonFiniteTerms == ["inverse"])
    }

    @Test("Named tensors keep their order, replace in place and detach")
    func namedTensors() {
        let x = Tensor([1.0]).requiringGrad()
        var named: NamedTensors = ["b": x, "a": x * 2]
        named["c"] = x * 3
        named["b"] = x * 4
        #expect(named.map(\.name) == ["b", "a", "c"])
        #expect(named.map { $0.value.item() } == [4, 2, 3])
        named["a"] = nil
        named["absent"] = nil
        #expect(named.names == ["b", "c"] && named["a"] == nil)
        #expect(named.allSatisfy { !$0.value.requiresGrad })
    }

    @Test("A loss that is already reduced stops the program")
    func reduced() async {
        await #expect(processExitsWith: .failure) { _ = Loss(perExample: Tensor(1.0)) }
    }

    @Test("A condition of any type follows its samples")
    func conditions() {
        let condition = Scaled.Condition(scale: Tensor([1, 2, 3] as [Float]), name: "scales")
        let samples = OneStepSampler()
            .sample(Scaled(), from: .ones([3, 3]), given: condition, using: source("unused"), batchSize: 2)
        assertEqual(samples.values[TensorIndex.all, 0], Tensor([1, 2, 3] as [Float]))
        assertEqual(Relaxation.select(Tensor([2, 0]), from: condition.scale), Tensor([3, 1] as [Float]))
    }
}
