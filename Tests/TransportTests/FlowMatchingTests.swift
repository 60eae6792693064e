import Generative
import TestSupport
import Testing
import Torch
import Transport

private func source(_ name: String) -> RandomSource { RandomSource(Seed(2026).child(name)) }

/// A linear model of the position at one time: x Aᵀ + c, its parameters θ [D, D + 1] = (A, c).
private struct LinearModel: PredictionModel {
    let parameters: Tensor

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        let dimensions = x.shape[1]
        return x.linear(parameters[TensorIndex.all, 0..<dimensions], parameters[TensorIndex.all, dimensions])
    }
}

/// Prediction of a perfect model of a mixture; label K stands for any class.
private struct PerfectModel: PredictionModel {
    let mixture: GaussianMixture
    let prediction: Prediction

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        let data = mixture.posterior(at: x, alpha: time, sigma: 1 - time, labels: labels).data
        return Prediction.data.convert(data, to: prediction, at: x, time: time, along: LinearPath())
    }
}

private let gaussian = GaussianMixture(
    mean: Tensor([0.5, -1]), covariance: Tensor([0.8, 0.3, 0.3, 0.5], shape: [2, 2]))

private let pair = GaussianMixture(
    weights: Tensor([0.4, 0.6]), means: Tensor([1, 1, -1, 0.5], shape: [2, 2]),
    covariances: Tensor([0.3, 0.1, 0.1, 0.2, 0.2, 0, 0, 0.4], shape: [2, 2, 2]))

@Suite("Flow matching") struct FlowMatchingTests {
    @Test(
        "The least loss of a linear model on Gaussian data is at the closed form",
        arguments: [
            Prediction.velocity, .noise, .data, .v,
        ])
    func minimiser(of prediction: Prediction) {
        let count = 20_000
        let objective = FlowMatching<LinearModel, LinearPath>(along: LinearPath(), predicting: prediction)
        var batch = LabelledBatch(data: gaussian.draw(count, using: source("data")).points, using: source("noise"))
        batch.time = .full([count], 0.4, dtype: .float64)

        func slope(at parameters: Tensor) -> Tensor {
            let model = LinearModel(parameters: parameters.clone().requiringGrad())
            let loss = objective.loss(of: model, on: batch, using: source("unused"))
            return gradients(of: loss.mean, withRespectTo: [model.parameters])[0].flatten()
        }
        // The loss is quadratic, so differences of slopes are the Hessian and one step of Newton's method is exact.
        let zero = slope(at: .zeros([2, 3], dtype: .float64))
        let columns = (0..<6).map { place in
            slope(at: Tensor((0..<6).map { $0 == place ? 1.0 : 0 }, shape: [2, 3])) - zero
        }
        let fitted = LinearModel(parameters: -Tensor.stack(columns, 1).solve(zero.unsqueeze(1)).reshape(2, 3))

        let x = Tensor([0, 0, 1, 0, 0, 1, -1, 0.5], shape: [4, 2])
        let (time, labels) = (Tensor.full([4], 0.4, dtype: .float64), Tensor.zeros([4], dtype: .int64))
        let exact = PerfectModel(mixture: gaussian, prediction: prediction)
        let expected = exact.predict(x, time: time, given: labels)
        assertClose(fitted.predict(x, time: time, given: labels), expected, relative: 0, absolute: 0.05)
        let velocity = objective.field(of: fitted).velocity(at: x, time: time, given: labels)
        let known = MixtureVelocity(of: gaussian, along: LinearPath()).velocity(at: x, time: time)
        assertClose(velocity, known, relative: 0, absolute: 0.1)
    }

    @Test("The loss is the mean square over dimensions of the error, example by example")
    func formula() {
        let data = Tensor([1.0, 2, 3, 4, 5, 6, 7, 8], shape: [2, 1, 2, 2])
        let batch = LabelledBatch(
            data: data, labels: Tensor([0, 0]), noise: data * 0 + 1, time: Tensor([0.25, 0.75]))
        struct Nothing: PredictionModel {
            func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor { x * 0 }
        }
        // The velocity is y - 1: squares 0, 1, 4, 9 and 16, 25, 36, 49.
        let loss = FlowMatching(along: LinearPath(), for: Nothing.self)
            .loss(of: Nothing(), on: batch, using: source("unused"))
        assertClose(loss.perExample, Tensor([3.5, 31.5]))
        #expect(FlowMatching(along: LinearPath(), for: Nothing.self).isDeterministic)
    }

    @Test("Losses are separated by time")
    func bins() throws {
        let time = Tensor([0.0, 0.05, 0.5, 0.99, 1])
        struct Root: PredictionModel {
            func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor { labels.to(x.dtype).unsqueeze(1) }
        }
        let zero = Tensor.zeros([5, 1], dtype: .float64)
        let batch = LabelledBatch(data: zero, labels: Tensor([1, 2, 3, 4, 5]), noise: zero, time: time)
        let loss = FlowMatching(along: LinearPath(), for: Root.self).loss(
            of: Root(), on: batch, using: source("unused"))
        #expect(loss.metrics.names == ["loss_t0.1", "loss_t0.3", "loss_t0.5", "loss_t0.7", "loss_t0.9"])
        assertClose(try #require(loss.metrics["loss_t0.1"]).item(), 2.5)
        assertClose(try #require(loss.metrics["loss_t0.5"]).item(), 9)
        assertClose(try #require(loss.metrics["loss_t0.9"]).item(), 20.5)
        #expect(try #require(loss.metrics["loss_t0.3"]).item().isNaN)
        let silent = FlowMatching(along: LinearPath(), timeBins: 0, for: Root.self)
        #expect(silent.loss(of: Root(), on: batch, using: source("unused")).metrics.isEmpty)
    }

    @Test("A learned field leads to the data, with and without guidance")
    func samples() {
        let objective = FlowMatching<PerfectModel, LinearPath>(along: LinearPath(), predicting: .data)
        let field = objective.field(of: PerfectModel(mixture: pair, prediction: .data))
        let noise = SampleNoise(Seed(1)).normal(Array(0..<2000), shape: [2], dtype: .float64)
        let labels = Tensor.ones([2000], dtype: .int64)
        let sampler = ODESampler(.rk4, times: .uniform(steps: 20), for: type(of: field))
        let samples = sampler.sample(field, from: noise, given: labels, using: source("unused"))
        let component = GaussianMixture(mean: pair.means[1], covariance: pair.covariances[1])
        assertClose(samples.values.mean(0), component.mean, relative: 0, absolute: 0.07)
        let offsets = samples.values - samples.values.mean(0)
        assertClose(offsets.mT.matmul(offsets) / 2000, component.covariance, relative: 0, absolute: 0.06)
    }

    @Test("Guidance of a model follows the guided closed form", arguments: Prediction.allCases)
    func guidance(of prediction: Prediction) {
        let objective = FlowMatching<PerfectModel, LinearPath>(along: LinearPath(), predicting: prediction)
        let field = objective.field(of: PerfectModel(mixture: pair, prediction: prediction))
        let guided = ClassifierFree(field, nullClass: 2, scale: 2.5)
        let x = Tensor.randn([2, 2], using: source("x"), dtype: .float64)
        let (time, labels) = (Tensor([0.3, 0.8]), Tensor([0, 1]))
        // v = (x - (1 - t) e) / t - e with the noise e = -(1 - t) score, whose guidance is that of the score.
        let any = pair.posterior(at: x, alpha: time, sigma: 1 - time).score
        let told = pair.posterior(at: x, alpha: time, sigma: 1 - time, labels: labels).score
        let score = any + (told - any) * 2.5
        let (alpha, sigma) = (time.unsqueeze(1), (1 - time).unsqueeze(1))
        let expected = (x + sigma.square() * score) / alpha + sigma * score
        assertClose(guided.velocity(at: x, time: time, given: labels), expected, relative: 1e-10, absolute: 1e-10)
    }
}

@Suite("Batches of transport") struct LabelledBatchTests {
    private let data = Tensor.randn([64, 3], using: source("data"))
    private let labels = Tensor((0..<64).map { $0 % 4 })

    @Test("A batch is a function of its source, and of nothing else")
    func purity() {
        let dropout = LabelDropout(probability: 0.5, nullClass: 4)
        let batches = ["a", "a", "b"].map {
            LabelledBatch(data: data, labels: labels, times: .logitNormal(), dropout: dropout, using: source($0))
        }
        for (first, second) in zip(batches[0].tensors, batches[1].tensors) { assertEqual(first, second) }
        #expect((batches[0].noise - batches[2].noise).abs().amin().item() > 0)
        #expect((batches[0].time - batches[2].time).abs().amax().item() > 0)
        #expect(batches[0].time.dtype == .float32 && batches[0].noise.shape == [64, 3])
    }

    @Test("Every tensor of a batch is replaced when a recorded step is fed")
    func recording() {
        let batch = LabelledBatch(data: data, using: source("a"))
        #expect(batch.tensors.map(\.shape) == [[64, 3], [64], [64, 3], [64]])
        assertEqual(batch.labels, .zeros([64], dtype: .int64))
        let doubled = batch.mapTensors { $0 * 2 }
        for (old, new) in zip(batch.tensors, doubled.tensors) { assertEqual(new, old * 2) }
    }

    @Test("Labels are dropped with their probability, each on its own", arguments: [0, 0.2, 1])
    func dropout(probability: Double) {
        let many = Tensor((0..<10_000).map { $0 % 4 })
        let told = LabelDropout(probability: probability, nullClass: 4).applied(to: many, using: source("dropout"))
        let dropped = told .== 4
        let share = dropped.to(.float64).mean().item()
        #expect(abs(share - probability) <= 4 * (probability * (1 - probability) / 10_000).squareRoot())
        assertEqual(told, many.maskedFill(dropped, 4))
    }

    @Test("Independent pairs stay as they were drawn; a coupling reorders the noise and nothing else")
    func couplings() {
        struct Backwards: Coupling {
            func order(data: Tensor, noise: Tensor, using source: RandomSource) -> Tensor {
                Tensor.arange(data.shape[0]).flip(0)
            }
        }
        let batch = LabelledBatch(data: data, labels: labels, using: source("a"))
        assertEqual(batch.coupled(by: IndependentCoupling(), using: source("b")).noise, batch.noise)
        let coupled = batch.coupled(by: Backwards(), using: source("b"))
        assertEqual(coupled.noise, batch.noise.flip(0))
        assertEqual(coupled.data, batch.data)
        assertEqual(coupled.labels, batch.labels)
    }

    @Test("Tensors that do not fit stop the program with a reason")
    func misfit() async {
        let exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let two = Tensor.zeros([2, 3])
            _ = LabelledBatch(data: two, labels: .zeros([3], dtype: .int64), noise: two, time: .zeros([2]))
        }
        let message = String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("labels [3]"))
    }
}
