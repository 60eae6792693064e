import Evaluation
import Metrics
import Synchronization
import TestSupport
import Testing
import Torch

@Suite("Progress of evaluations") struct EvaluationProgressTests {
    private func states(_ work: () throws -> Void) rethrows -> [EvaluationProgress] {
        let seen = Mutex<[EvaluationProgress]>([])
        try EvaluationProgress.observing({ state in seen.withLock { $0.append(state) } }, work)
        return seen.withLock(\.self)
    }

    private func expectGrowth(_ states: [EvaluationProgress]) {
        for (task, own) in Dictionary(grouping: states, by: \.task) {
            let shares = own.compactMap(\.share)
            #expect(shares.allSatisfy { (0...1).contains($0) }, "\(task): \(shares)")
            #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 <= $1 }, "\(task): \(shares)")
        }
    }

    @Test(
        "each metric of points is named with its place among all, and shares grow over set and parts",
        arguments: [1, 2])
    func points(sets: Int) throws {
        let draw = { (seed: UInt64) in Tensor.randn([600, 2], using: RandomSource(Seed(seed))) }
        let told = try states {
            _ = try PointEvaluation().report(
                (0..<sets).map { draw(UInt64($0)) }, against: draw(7),
                samples: .init(source: "a", count: 600, sets: sets),
                data: .init(name: "b", split: nil, count: 600))
        }
        var tasks: [String] = []
        for state in told where tasks.last != state.task { tasks.append(state.task) }
        #expect(
            tasks == [
                "measuring frechet, 1 of 5", "measuring mmd, 2 of 5", "measuring sliced_wasserstein, 3 of 5",
                "measuring energy_distance, 4 of 5", "measuring precision, recall, density, coverage, 5 of 5",
            ])
        expectGrowth(told)
        for task in tasks.dropFirst() {
            #expect((told.last { $0.task == task }?.share ?? 0) > 0.95, "\(task)")
        }
    }

    @Test("taking features of images goes by images")
    func images() throws {
        let images = Tensor.zeros([700, 1, 4, 4], dtype: .uint8)
        let told = try states { _ = try FeatureSet(of: images, by: PixelExtractor()) }
        #expect(Set(told.map(\.task)) == ["taking features of pixels"] && told.count == 3)
        #expect(told.allSatisfy { $0.count == 700 })
        expectGrowth(told)
    }

    @Test("a metric for which memory does not suffice gives a reason without operations of tensors")
    func reasons() throws {
        let outcome = Evaluator([.kid]).outcome(
            [FeatureSet(features: .zeros([3, 2]))], against: FeatureSet(features: .zeros([1, 2])), extractor: "x")
        #expect(outcome.unavailable[.kid]?.contains("at least") == true)
    }
}
