import Drifting
import Features
import Generative
import Synchronization
import TestSupport
import Testing
import Torch

/// x = tanh(w e) + b of the sample's class.
private struct Bent: OneStepGenerator {
    let weight: Tensor
    let bias: Tensor

    func generate(from noise: Tensor, given classes: Tensor) -> Tensor {
        (noise * weight).tanh() + bias.indexSelect(0, classes).reshape(-1, 1, 1, 1)
    }
}

/// Two maps of the images, and how many images came at a time.
private final class CountingEncoder: FeatureEncoder {
    private let largest = Mutex(0)
    private let filter = Tensor([1, -0.5, 0.25, 2] as [Double], shape: [4, 1, 1, 1])

    var mostImages: Int { largest.withLock { $0 } }

    func featureMaps(of images: Tensor) -> [FeatureMap] {
        largest.withLock { $0 = max($0, images.shape[0]) }
        let values = images.conv2d(filter).tanh()
        return [FeatureMap("layer1", values), FeatureMap("layer2", values.avgPool2d(2))]
    }
}

@Suite("A batch in parts")
struct DriftingPartsTests {
    private let labels = 3
    private let generated = 4

    private func batch() -> DriftingBatch<Tensor> {
        let source = RandomSource(Seed(1))
        func images(_ count: Int) -> Tensor { .randn([labels, count, 1, 4, 4], using: source, dtype: .float64) }
        return DriftingBatch(
            noise: images(generated).flatten(0, 1), condition: Tensor.arange(labels).repeatInterleave(generated, 0),
            positives: images(5) + 1, negatives: images(2), guidance: Tensor([1, 2.5, 1.5]),
            independentNoise: images(generated).flatten(0, 1))
    }

    /// The loss, the gradients of weight and bias, and the most images that the encoder saw at a time.
    private func step(
        _ field: any DriftField, chunk: Int?
    ) throws -> (loss: Loss, gradients: [Tensor], parts: Int, images: Int) {
        let model = Bent(
            weight: Tensor(0.7).requiringGrad(), bias: Tensor([0.1, -0.2, 0.3]).requiringGrad())
        let encoder = CountingEncoder()
        let objective = DriftingObjective<Bent>(field: field, encoder: encoder, chunk: chunk)
        let (loss, parts) = objective.gradientParts(of: model, on: batch(), using: RandomSource(Seed(0)))
        for part in parts { part().backward() }
        return (
            loss, [try #require(model.weight.grad), try #require(model.bias.grad)], parts.count, encoder.mostImages
        )
    }

    private static let fields = [FieldCase("released", ReleasedField()), .sinkhorn(.distance)]

    @Test("has the loss, the statistics and the gradient of one pass", arguments: fields, [1, 5, 12])
    func twoPasses(_ one: FieldCase, chunk: Int) throws {
        let whole = try step(one.field, chunk: nil)
        let parts = try step(one.field, chunk: chunk)
        #expect(whole.parts == 1 && parts.parts == (12 + chunk - 1) / chunk)
        #expect(whole.images > 12 && parts.images == chunk)
        assertClose(parts.loss.perExample, whole.loss.perExample, relative: 1e-12)
        #expect(parts.loss.terms.names == whole.loss.terms.names)
        for (name, value) in whole.loss.metrics {
            assertClose(try #require(parts.loss.metrics[name]), value, relative: 1e-10, absolute: 1e-14)
        }
        for (a, b) in zip(parts.gradients, whole.gradients) {
            #expect(b.abs().amax().item() > 1e-3)
            assertClose(a, b, relative: 1e-10, absolute: 1e-13)
        }
    }

    @Test("holds the gradient graph of one part only")
    func memory() {
        let model = Bent(weight: Tensor(0.7).requiringGrad(), bias: Tensor([0.1, -0.2, 0.3]).requiringGrad())
        let objective = DriftingObjective<Bent>(field: ReleasedField(), chunk: 3)
        let (loss, _) = objective.gradientParts(of: model, on: batch(), using: RandomSource(Seed(0)))
        #expect(!loss.perExample.requiresGrad)
    }

    @Test("the width of a batch widens the field, and leaves the names of its strengths")
    func width() throws {
        var wide = batch()
        wide.width = 3
        let model = Bent(weight: Tensor(0.7), bias: Tensor([0.1, -0.2, 0.3]))
        func loss(_ field: any DriftField, _ batch: DriftingBatch<Tensor>) -> Loss {
            DriftingObjective<Bent>(field: field).loss(of: model, on: batch, using: RandomSource(Seed(0)))
        }
        let (a, b) = (loss(ReleasedField(), wide), loss(ReleasedField().widened(by: 3), batch()))
        assertEqual(a.perExample, b.perExample)
        let names = ReleasedField().temperatures.map { "strength_\($0)" }
        #expect(names.allSatisfy { a.metrics[$0] != nil })
    }

    @Test("a field that needs a second batch stops the program where there is none")
    func noSecondBatch() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let batch = DriftingBatch<Tensor>(
                noise: .zeros([2, 1, 2, 2]), condition: .zeros([2], dtype: .int64), positives: .zeros([1, 2, 1, 2, 2]))
            _ = DriftingObjective<Bent>(field: SinkhornField()).loss(
                of: Bent(weight: Tensor(1.0), bias: Tensor([0.0])), on: batch, using: RandomSource(Seed(0)))
        }
        assertSaid(result, "this field needs the noise of a second batch")
    }
}
