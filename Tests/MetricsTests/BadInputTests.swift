import FileFormats
import Metrics
import TestSupport
import Testing
import Torch

/// A metric of two sets, by name.
struct TwoSetMetric: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let value: @Sendable (Tensor, Tensor) throws -> Double

    init(_ name: String, _ value: @escaping @Sendable (Tensor, Tensor) throws -> Double) {
        testDescription = name
        self.value = value
    }

    static let all = [
        TwoSetMetric("precision and recall") { try PrecisionRecall(real: $0, generated: $1).precision },
        TwoSetMetric("Fréchet") { try FrechetDistance.between(.init(of: $0), .init(of: $1)) },
        TwoSetMetric("kernel") { try KernelDistance.unbiased($0, $1) },
        TwoSetMetric("kernel over subsets") { try KernelDistance.estimate($0, $1, seed: Seed(1)).value },
        TwoSetMetric("MMD") { try MaximumMeanDiscrepancy(bandwidths: [1]).between($0, $1) },
        TwoSetMetric("MMD, fitted") { try MaximumMeanDiscrepancy(fitting: $0).between($0, $1) },
        TwoSetMetric("energy") { try EnergyDistance.between($0, $1) },
        TwoSetMetric("sliced Wasserstein") {
            let directions = try SlicedWasserstein.directions(5, dimension: 4, seed: Seed(1))
            return try SlicedWasserstein.between($0, $1, directions: directions)
        },
        TwoSetMetric("Wasserstein") { try WassersteinDistance.between($0, $1) },
        TwoSetMetric("neighbours") { try NearestNeighbours(of: $0, in: $1).distances.sum().item() },
        TwoSetMetric("extrapolated Fréchet") {
            try FrechetDistance.extrapolated(from: $0, to: .init(of: $1), seed: Seed(1)).limit
        },
        TwoSetMetric("logits") {
            try InceptionScore(logits: $0, splits: 2, seed: nil).mean
                + InceptionScore(logits: $1, splits: 2, seed: nil).mean
        },
    ]
}

@Suite("Bad input is an error, never a number") struct BadInputTests {
    private let good = Tensor.randn([40, 4], using: RandomSource(Seed(1)), dtype: .float64)

    private func with(_ value: Double, at row: Int) -> Tensor {
        let set = good.clone()
        set[row, 2].copy(from: Tensor(value))
        return set
    }

    @Test(
        "NaN, infinity and numbers whose squares overflow", arguments: TwoSetMetric.all, [Double.nan, .infinity, 1e200])
    func notFinite(_ metric: TwoSetMetric, _ value: Double) throws {
        #expect(try metric.value(good, good.flip(0)).isFinite)
        let bad = with(value, at: 17)
        for (a, b) in [(bad, good), (good, bad)] {
            let error = #expect(throws: MetricError.self) { _ = try metric.value(a, b) }
            #expect(error?.code == .notFinite)
            #expect(error?.message.contains("1 of the 40 rows") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("first is row 17") == true)
        }
        let error = #expect(throws: MetricError.self) { _ = try metric.value(good * value, good) }
        #expect(error?.message.contains("40 of the 40 rows") == true)
    }

    @Test("Empty sets, single samples, vectors and other widths", arguments: TwoSetMetric.all)
    func shapes(_ metric: TwoSetMetric) {
        let empty = Tensor.zeros([0, 4], dtype: .float64)
        for (a, b) in [(empty, good), (good, empty), (empty, empty), (good[0], good), (good, good[0])] {
            #expect(throws: MetricError.self) { _ = try metric.value(a, b) }
        }
        #expect(throws: MetricError.self) { _ = try metric.value(Tensor.zeros([40, 0]), Tensor.zeros([40, 0])) }
        guard metric.testDescription != "logits" else { return }
        #expect(throws: MetricError.self) { _ = try metric.value(good, good[0..., 0..<3]) }
    }

    @Test("Constants out of range")
    func constants() throws {
        var noSubset = KernelDistance.Configuration()
        noSubset.subsets = 0
        let calls: [() throws -> Void] = [
            { _ = try PrecisionRecall(real: good, generated: good, k: 0) },
            { _ = try PrecisionRecall(real: good, generated: good, k: 40) },
            { _ = try NearestNeighbours(within: good, k: 0) },
            { _ = try WassersteinDistance.between(good, good, order: 0.5) },
            { _ = try WassersteinDistance.between(good, good, order: .nan) },
            { _ = try WassersteinDistance.between(good, good, block: 0) },
            { _ = try MaximumMeanDiscrepancy(bandwidths: []) },
            { _ = try MaximumMeanDiscrepancy(bandwidths: [1, -1]) },
            { _ = try SlicedWasserstein.directions(0, dimension: 3, seed: Seed(0)) },
            { _ = try SlicedWasserstein.between(good, good, directions: Tensor.ones([3, 2])) },
            { _ = try KernelDistance.estimate(good, good, configuration: noSubset, seed: Seed(0)) },
            { _ = try InceptionScore(logits: good, splits: 0, seed: nil) },
            { _ = try Bootstrap.standardError(count: 0, seed: Seed(0)) { _ in 1 } },
            { _ = try Bootstrap.standardError(count: 5, resamples: 1, seed: Seed(0)) { _ in 1 } },
            { _ = try ROC(positives: good, negatives: good) },
            { _ = try ROC(positives: good[0], negatives: good[1]).falsePositiveRate(atTruePositiveRate: 0) },
            { _ = try FeatureStatistics(count: 3, mean: good[0], covariance: good) },
            { _ = try PixelExtractor().features(count: 0) { _ in good } },
        ]
        for (index, call) in calls.enumerated() {
            #expect(throws: MetricError.self, "call \(index)") { try call() }
        }
    }

    @Test("Copies that leave no scale name the reason; what does not fit into memory is refused before it is tried")
    func reasons() throws {
        let copies = Tensor.ones([30, 4], dtype: .float64)
        let median = #expect(throws: MetricError.self) { _ = try MaximumMeanDiscrepancy(fitting: copies) }
        #expect(median?.code == .degenerate)
        #expect(median?.message.contains("Remove the copies") == true)
        let memory = #expect(throws: MetricError.self) {
            _ = try SlicedWasserstein.directions(1 << 40, dimension: 1 << 30, seed: Seed(0))
        }
        #expect(memory?.code == .tooLarge)
        #expect(memory?.message.contains("GiB of memory") == true)
    }
}
