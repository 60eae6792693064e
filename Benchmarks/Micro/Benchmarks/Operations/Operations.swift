import Benchmark
import Pushforward

/// Single operations: percentiles of wall-clock time, and throughput.
///
/// To compare two states of the source: `swift package benchmark baseline`.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], warmupIterations: 3, maxDuration: .seconds(2), maxIterations: 10_000)
    border()
    fields()
    normalisation()
    optimisation()
    judgement()
}

private func normal(_ shape: [Int], _ seed: UInt64 = 0) -> Tensor {
    .randn(shape, using: RandomSource(Seed(seed)))
}

/// What a call across the border to C++ costs, beside the work that it does.
private func border() {
    let (one, other) = (Tensor(Float(1)), Tensor(Float(2)))
    Benchmark("border: sum of two numbers") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(one + other) }
    }
    let image = normal([1, 3, 32, 32])
    Benchmark("border: slice") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(image.slice(1, 0, 1)) }
    }
}

private func fields() {
    let points = DriftPoints(
        generated: normal([64, 64, 256], 1), positives: normal([64, 64, 256], 2), negatives: normal([64, 16, 256], 3))
    Benchmark("field: released, fused, 64 x (64, 64, 16) x 256") { _ in
        blackHole(FusedDriftField().drift(of: points).gradient)
    }
    Benchmark("field: released, composed, 64 x (64, 64, 16) x 256") { _ in
        blackHole(withoutGradients { ReleasedField().drift(of: points) }.gradient)
    }
}

private func normalisation() {
    let images = normal([64, 96, 16, 16]).contiguous(.channelsLast)
    let (weight, bias) = (normal([64, 96], 1), normal([64, 96], 2))
    Benchmark("norm: group norm, weights per example and SiLU in one") { _ in
        blackHole(withoutGradients { images.groupNorm(24, weight, bias, then: .silu) })
    }
    Benchmark("norm: the same in four operations") { _ in
        blackHole(
            withoutGradients {
                (images.groupNorm(24) * weight.reshape(64, 96, 1, 1) + bias.reshape(64, 96, 1, 1)).silu()
            })
    }
}

private func optimisation() {
    let store = ParameterStore(seed: Seed(0))
    let network = ConvGenerator(ConvGenerator.Configuration(), in: store.root)
    let noise = normal([4, network.configuration.latent])
    network(noise, labels: Tensor([0, 1, 2, 3])).square().mean().backward()
    let (optimizer, average) = (AdamW(store), ExponentialMovingAverage(of: store, decay: 0.999))
    Benchmark("step: AdamW of the demo's generator") { _ in optimizer.step(learningRate: 1e-9) }
    Benchmark("step: average of the demo's generator") { _ in average.update() }
}

private func judgement() {
    let (first, second) = (normal([10_000, 128], 1).to(.float64), normal([10_000, 128], 2).to(.float64))
    Benchmark("metric: statistics of 10 000 x 128") { _ in blackHole(try FeatureStatistics(of: first)) }
    guard let a = try? FeatureStatistics(of: first), let b = try? FeatureStatistics(of: second) else { return }
    Benchmark("metric: Fréchet distance, 128") { _ in blackHole(try FrechetDistance.between(a, b)) }
}
