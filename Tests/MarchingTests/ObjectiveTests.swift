import Foundation
import Generative
import Marching
import TestSupport
import Testing
import Torch

/// The same distance and direction everywhere.
private struct Constant: DistanceField {
    let distance: Double
    let direction: [Double]

    func bearing(at x: Tensor, given labels: Tensor) -> (distance: Tensor, direction: Tensor) {
        (.full([x.shape[0]], distance, dtype: .float64), Tensor(direction).unsqueeze(0).expand(x.shape))
    }
}

/// A field of data with classes that does not look at them; its distances may be falsified.
private struct Optimum: DistanceField {
    let exact: MarchingOptimum
    var factor = 1.0

    func bearing(at x: Tensor, given labels: Tensor) -> (distance: Tensor, direction: Tensor) {
        let (distance, direction) = exact.bearing(at: x)
        return (distance * factor, direction)
    }
}

/// A prediction that is the same everywhere.
private struct Flat: PredictionModel {
    let value: Double

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor { x * 0 + value }
}

private func batch(data: [Double], noise: [Double], time: [Double], width: Int) -> LabelledBatch {
    let count = time.count
    return LabelledBatch(
        data: Tensor(data, shape: [count, width]), labels: .zeros([count], dtype: .int64),
        noise: Tensor(noise, shape: [count, width]), time: Tensor(time))
}

private var chance: RandomSource { RandomSource(Seed(1)) }

@Suite("Objectives without time") struct MarchingObjectiveTests {
    @Test("Both losses by hand")
    func byHand() throws {
        let objective = DistanceMarching(
            MarchingConstants(softening: 0.1, epsilon: 0.05), oneStepWeight: 2, eikonalWeight: 3, for: Constant.self)
        // x = (0.5, 0), d = 0.5.
        let loss = objective.loss(
            of: Constant(distance: 2, direction: [0.6, 0]),
            on: batch(data: [0, 0], noise: [1, 0], time: [0.5], width: 2), using: chance)
        let oneStep = (0.5 - 1.2) * (0.5 - 1.2) / 0.3
        let eikonal = pow(0.6 - 0.5 / 0.35.squareRoot(), 2)
        assertClose(loss.mean.item(), 2 * oneStep + 3 * eikonal, relative: 1e-12)
        assertClose(try #require(loss.metrics["one_step"]).item(), oneStep, relative: 1e-12)
        assertClose(try #require(loss.metrics["eikonal"]).item(), eikonal, relative: 1e-12)
        let target = 0.35.squareRoot()
        assertClose(try #require(loss.metrics["distance_error"]).item(), (2 - target) / target, relative: 1e-12)
    }

    @Test("The loss is least at the exact optimum")
    func least() {
        let points = normal([4, 8], "few points")
        let constants = MarchingConstants(softening: 0.2)
        let exact = MarchingOptimum(of: points, times: .logitNormal(), softening: constants.softening)
        let objective = DistanceMarching(constants, for: Optimum.self)
        let count = 4000
        let source = RandomSource(Seed(3))
        let data = points.indexSelect(0, Tensor.randint(0..<4, [count], using: source))
        let batch = LabelledBatch(data: data, times: .logitNormal(), using: source)
        let losses = [0.9, 1, 1.1].map {
            objective.loss(of: Optimum(exact: exact, factor: $0), on: batch, using: chance).mean.item()
        }
        #expect(losses[1] < losses[0] && losses[1] < losses[2])
    }

    @Test("One data point: an exact model has no loss")
    func onePoint() {
        let point = normal([1, 4], "point")
        let exact = MarchingOptimum(of: point, times: .logitNormal(), softening: 0.3)
        let objective = DistanceMarching(MarchingConstants(softening: 0.3), for: Optimum.self)
        let batch = LabelledBatch(data: point.expand([16, 4]), using: RandomSource(Seed(5)))
        #expect(objective.loss(of: Optimum(exact: exact), on: batch, using: chance).perExample.amax().item() < 1e-18)
    }

    @Test("Constants: both are the squared distance at the 99th percentile of times")
    func constants() {
        let constants = MarchingConstants(noiseDistance: 10, times: LogitNormalTimes())
        // 1 - sigmoid(2.32635) = 0.089.
        assertClose(constants.floor, 10 / (1 + exp(2.3263478740408408)), relative: 1e-9)
        #expect(constants.epsilon == constants.softening)
    }

    @Test("Skewed times: log sigma ~ N(-1.2, 1.2²), t = 1 / (1 + sigma), clipped")
    func skewed() {
        let times = ClippedTimes(LogitNormalTimes(mean: 1.2, deviation: 1.2), to: 0.1...0.95)
        assertClose(times.quantile(0.5), 1 / (1 + exp(-1.2)), relative: 1e-9)
        #expect(times.quantile(1e-9) == 0.1 && times.quantile(1 - 1e-9) == 0.95)
        #expect(times.density(at: 0.05) == 0)
    }

    @Test("Equilibrium matching: the pull is 4 until t = 0.8, then fades to 0")
    func equilibrium() {
        let objective = EquilibriumMatching(for: Flat.self)
        assertClose(
            objective.factor(at: Tensor([0, 0.5, 0.8, 0.9, 1])), Tensor([4, 4, 4, 2, 0.0]), absolute: 1e-12)
        let loss = objective.loss(
            of: Flat(value: 1), on: batch(data: [2], noise: [1], time: [0.9], width: 1), using: chance)
        assertClose(loss.mean.item(), (1 - 2) * (1 - 2), relative: 1e-9)
        let field = EquilibriumField(of: Flat(value: 3)).bearing(at: .zeros([1, 4], dtype: .float64), given: labels(1))
        #expect(field.distance.item() == 6 && field.direction.amax().item() == -3)
    }

    @Test("Blind denoising: the target of EDM, and a network that sees unit variance")
    func blind() {
        let objective = BlindDenoising(dataDeviation: 0.5, for: Flat.self)
        // t = 0.25 is sigma = 3; x = 1 + 3 * 2.
        let loss = objective.loss(
            of: Flat(value: 0), on: batch(data: [1], noise: [2], time: [0.25], width: 1), using: chance)
        let target = (1 - 0.25 / 9.25 * 7) / (3 * 0.5 / 9.25.squareRoot())
        assertClose(loss.mean.item(), target * target, relative: 1e-9)
    }

    private func labels(_ count: Int) -> Tensor { .zeros([count], dtype: .int64) }
}
