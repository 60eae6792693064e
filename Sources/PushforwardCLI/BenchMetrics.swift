internal import ArgumentParser
internal import Pushforward

/// Features like those of the Inception network: many, of falling variance, with a common offset.
struct NormalFeatures {
    private let scales: Tensor
    private let source: RandomSource

    /// - Parameters:
    ///   - dimension: Number of features, D.
    ///   - seed: Sets of different seeds are independent.
    init(dimension: Int, seed: UInt64) {
        scales = Tensor((1...dimension).map { 1 / Float($0).squareRoot() })
        source = RandomSource(Seed(seed))
    }

    /// The next features [count, D], float32.
    func next(_ count: Int) -> Tensor { Tensor.randn([count, scales.count], using: source) * scales + 0.5 }
}

/// Options of a bench on features.
struct BenchFeatureSize: ParsableArguments {
    @Option(help: "Number of features, D.")
    var dimension = 2048

    @OptionGroup var rounds: BenchRounds

    func validate() throws {
        guard dimension >= 1 else { throw ValidationError("--dimension must be at least 1, not \(dimension).") }
        try rounds.requireCPU("Metrics are")
    }
}

/// Times the Fréchet distance between statistics.
struct BenchFrechet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frechet", abstract: "Time the Fréchet distance between two means and covariances.")

    @OptionGroup var size: BenchFeatureSize

    func run() throws {
        let pair = try (0..<2 as Range<UInt64>).map { seed in
            let features = NormalFeatures(dimension: size.dimension, seed: seed)
            return try FeatureStatistics(of: features.next(2 * size.dimension))
        }
        let before = ResidentMemory.beginning()
        let seconds = try size.rounds.time {
            try BenchRounds.seconds(on: .cpu) { try FrechetDistance.between(pair[0], pair[1]) }
        }
        try size.rounds.show(BenchReport(seconds, samples: 1, since: before))
    }
}

/// Times precision, recall, density and coverage, whose work are distances between all pairs.
struct BenchNeighbours: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "neighbours", abstract: "Time precision, recall, density and coverage by nearest neighbours.")

    @Option(help: "Features on each side.")
    var count = 10_000

    @OptionGroup var size: BenchFeatureSize

    func validate() throws {
        guard count >= 4 else { throw ValidationError("--count must be at least 4, not \(count).") }
    }

    func run() throws {
        let pair = [0, 1].map { NormalFeatures(dimension: size.dimension, seed: $0).next(count) }
        let before = ResidentMemory.beginning()
        let seconds = try size.rounds.time {
            try BenchRounds.seconds(on: .cpu) { try PrecisionRecall(real: pair[0], generated: pair[1]) }
        }
        try size.rounds.show(BenchReport(seconds, samples: count, since: before))
    }
}

/// Times mean and covariance of features that come in batches.
struct BenchFeatures: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Time mean and covariance of features that are not kept.")

    @Option(help: "Features in all.")
    var count = 50_000

    @Option(help: "Features that come at a time.")
    var batch = 250

    @OptionGroup var size: BenchFeatureSize

    func validate() throws {
        guard count >= 2, batch >= 1 else { throw ValidationError("--count must be at least 2 and --batch 1.") }
    }

    func run() throws {
        // The same batch again and again: random numbers are not part of the time.
        let features = NormalFeatures(dimension: size.dimension, seed: 0).next(batch)
        let before = ResidentMemory.beginning()
        let seconds = try size.rounds.time {
            try BenchRounds.seconds(on: .cpu) {
                var accumulator = FeatureAccumulator()
                for start in stride(from: 0, to: count, by: batch) {
                    accumulator.add(features.slice(0, 0, min(batch, count - start)))
                }
                return try accumulator.statistics()
            }
        }
        try size.rounds.show(BenchReport(seconds, samples: count, since: before))
    }
}
