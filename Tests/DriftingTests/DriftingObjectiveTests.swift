import Drifting
import Features
import Foundation
import Generative
import Synchronization
import TestSupport
import Testing
import Torch

/// x = w e.
private struct Scaling: OneStepGenerator {
    let weight: Tensor

    func generate(from noise: Tensor, given condition: Void) -> Tensor { noise * weight }
}

/// Two maps that are computed from the images: themselves through a fixed 1 x 1 filter, and their halves.
private struct SmallEncoder: FeatureEncoder {
    let filter = Tensor([1, -0.5, 0.25, 2] as [Float], shape: [4, 1, 1, 1])

    func featureMaps(of images: Tensor) -> [FeatureMap] {
        let values = images.conv2d(filter).tanh()
        return [FeatureMap("layer1", values), FeatureMap("layer2", values.avgPool2d(2))]
    }
}

/// Keeps what it is asked, and answers like the released field.
private final class RecordingField: DriftField {
    let temperatures = ReleasedField().temperatures
    private let calls = Mutex<[DriftPoints]>([])

    var points: [DriftPoints] { calls.withLock { $0 } }

    func widened(by factor: Double) -> RecordingField { self }

    func drift(of points: DriftPoints) -> Drift {
        calls.withLock { $0.append(points) }
        return ReleasedField().drift(of: points)
    }
}

@Suite("The drifting objective")
struct DriftingObjectiveTests {
    private let labels = 2
    private let generated = 3
    private let positives = 4
    private let negatives = 2

    private func batch(negatives count: Int? = nil, guidance: Tensor? = nil) -> DriftingBatch<Void> {
        let source = RandomSource(Seed(1))
        func images(_ count: Int) -> Tensor { .randn([labels, count, 1, 4, 4], using: source) }
        return DriftingBatch(
            noise: images(generated).flatten(0, 1), condition: (), positives: images(positives) + 1,
            negatives: images(count ?? negatives), guidance: guidance)
    }

    private func model(_ weight: Float = 0.7) -> Scaling { Scaling(weight: Tensor(weight)) }

    /// The groups of one feature, gathered label by label and location by location.
    private func points(
        _ selection: FeatureSelection, _ index: Int, _ batch: DriftingBatch<Void>, weights: [Double]
    ) throws -> DriftPoints {
        func gather(_ images: Tensor, _ label: Int) -> Tensor {
            let vectors = selection.vectors(of: images[label], encoder: SmallEncoder())[index].values
            return Tensor.stack((0..<vectors.shape[1]).map { vectors[TensorIndex.all, $0] })
        }
        let drawn = model().generate(from: batch.noise).reshape(labels, generated, 1, 4, 4)
        let negatives = try #require(batch.negatives)
        func all(_ images: Tensor) -> Tensor { .cat((0..<labels).map { gather(images, $0) }) }
        let locations = all(drawn).shape[0] / labels
        return DriftPoints(
            generated: all(drawn), positives: all(batch.positives), negatives: all(negatives),
            negativeWeights: .cat(weights.map { .full([locations, negatives.shape[1]], $0) }))
    }

    @Test("is the sum over features of the mean over locations, each feature one call of the field")
    func sum() throws {
        let batch = batch(guidance: Tensor([1, 2.5] as [Float]))
        let selection = FeatureSelection()
        let loss = DriftingObjective<Scaling>(features: selection, encoder: SmallEncoder())
            .loss(of: model(), on: batch, using: RandomSource(Seed(0)))
        let names = selection.vectors(of: batch.positives[0], encoder: SmallEncoder()).map(\.name)
        #expect(loss.terms.names == names)
        var expected = Tensor.zeros([labels])
        for (index, name) in names.enumerated() {
            // (alpha - 1) (G - 1) / Q with G = 3 and Q = 2.
            let points = try points(selection, index, batch, weights: [0, 1.5])
            let drift = ReleasedField().drift(of: points)
            let term = drift.value.reshape(labels, -1).mean(1)
            assertClose(try #require(loss.terms[name]), term, relative: 1e-3)
            assertClose(try #require(loss.metrics["scale/\(name)"]), drift.scale)
            for (temperature, strength) in zip(ReleasedField().temperatures, drift.strengths) {
                let logged = try #require(loss.metrics["strength_\(temperature)/\(name)"])
                assertClose(logged, strength, relative: 1e-3, absolute: 1e-9)
            }
            expected += term
        }
        assertClose(loss.perExample, expected, relative: 1e-3)
    }

    @Test("the strength of a temperature is the mean over features")
    func strengths() throws {
        let loss = DriftingObjective<Scaling>(encoder: SmallEncoder())
            .loss(of: model(), on: batch(), using: RandomSource(Seed(0)))
        for temperature in ReleasedField().temperatures {
            let all = loss.terms.names.compactMap { loss.metrics["strength_\(temperature)/\($0)"]?.item() }
            let mean = all.reduce(0, +) / Double(all.count)
            assertClose(try #require(loss.metrics["strength_\(temperature)"]).item(), mean)
        }
    }

    @Test("weights of guidance are those of the release, and reach every location")
    func guidance() throws {
        let file = try SafetensorsFile(fixtures().appending(path: "cfg_weights.safetensors"))
        func column(_ name: String) throws -> [Double] { try #require(file[name]).to(.float64).scalars() }
        let guidance = zip(try column("alpha"), try column("weight"))
        let counts = zip(try column("gen_per_label"), try column("n_uncond"))
        var compared = 0
        for ((alpha, weight), (generated, negatives)) in zip(guidance, counts) where negatives > 0 {
            let field = RecordingField()
            let batch = DriftingBatch<Void>(
                noise: .zeros([Int(generated), 1, 2, 2]), condition: (), positives: .zeros([1, 2, 1, 2, 2]),
                negatives: .zeros([1, Int(negatives), 1, 2, 2]), guidance: Tensor([Float(alpha)]))
            _ = DriftingObjective<Scaling>(field: field, encoder: SmallEncoder())
                .loss(of: model(), on: batch, using: RandomSource(Seed(0)))
            for points in field.points {
                let groups = points.generated.shape[0]
                assertClose(
                    try #require(points.negativeWeights), .full([groups, Int(negatives)], weight), relative: 1e-5)
                #expect(points.generatedWeights == nil && points.positiveWeights == nil)
            }
            compared += 1
        }
        #expect(compared == 36)
    }

    @Test("without guidance negatives have the weight 0, and without negatives there are none")
    func noGuidance() throws {
        let field = RecordingField()
        let objective = DriftingObjective<Scaling>(field: field)
        var batch = batch()
        _ = objective.loss(of: model(), on: batch, using: RandomSource(Seed(0)))
        assertEqual(try #require(field.points[0].negativeWeights), .zeros([labels, negatives]))
        batch.negatives = nil
        _ = objective.loss(of: model(), on: batch, using: RandomSource(Seed(0)))
        #expect(field.points[1].negatives == nil && field.points[1].negativeWeights == nil)
    }

    @Test("the gradient reaches the generator, through the encoder, and no real sample")
    func gradient() throws {
        let batch = batch(guidance: Tensor([1, 2.5] as [Float]))
        batch.positives.requiringGrad()
        let negatives = try #require(batch.negatives).requiringGrad()
        let weight = Tensor(Float(0.7)).requiringGrad()
        var selection = FeatureSelection()
        selection.pixels = false
        let loss = DriftingObjective<Scaling>(features: selection, encoder: SmallEncoder())
            .loss(of: Scaling(weight: weight), on: batch, using: RandomSource(Seed(0)))
        loss.mean.backward()
        #expect(try #require(weight.grad).abs().item() > 1e-3)
        #expect(batch.positives.grad == nil && negatives.grad == nil)
        #expect(loss.metrics.allSatisfy { !$0.value.requiresGrad })
    }

    @Test("its gradient makes small samples larger and large ones smaller", arguments: [(0.4, -1.0), (2.5, 1)])
    func direction(size: Double, sign: Double) {
        let source = RandomSource(Seed(3))
        let batch = DriftingBatch<Void>(
            noise: .randn([64, 1, 1, 2], using: source), condition: (),
            positives: .randn([1, 64, 1, 1, 2], using: source))
        let weight = Tensor(Float(size)).requiringGrad()
        let loss = DriftingObjective<Scaling>().loss(of: Scaling(weight: weight), on: batch, using: source)
        #expect(gradients(of: loss.mean, withRespectTo: [weight])[0].item() * sign > 0)
    }
}
