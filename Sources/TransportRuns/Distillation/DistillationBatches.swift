internal import Generative
internal import RunData
internal import Runs
internal import Torch
internal import Transport

/// The beginnings of N equal steps, all alike.
private struct StepTimes: TimeDistribution {
    let steps: Int

    func quantile(_ share: Double) -> Double {
        (share * Double(steps)).rounded(.down) / Double(steps)
    }
    func density(at time: Double) -> Double { 1 }
}

/// Noisy examples with guidance scales: a pure function of seed and step.
struct GuidedBatches: BatchSource {
    private let examples: LabelledBatches
    private let times: any TimeDistribution
    private let scales: [Double]
    private let device: Device
    private let seed: Seed

    /// - Parameters:
    ///   - steps: Times are the beginnings of so many steps; all times if nil.
    init(_ method: DistillationMethod, _ context: RunContext, steps: Int?, seed: Seed) throws {
        (self.seed, device, scales) = (seed, context.device, method.scales)
        times = steps.map { StepTimes(steps: $0) } ?? UniformTimes()
        examples = try LabelledBatches(
            context.data, size: method.batch, key: "method.batch",
            flipping: context.data.settings.isFlipped,
            device: device, seed: seed.child("examples"))
    }

    func batch(at step: Int) throws -> GuidedBatch {
        let examples = try examples.batch(at: step)
        let source = RandomSource(seed.child("noise").child(step), device: device)
        let batch = LabelledBatch(
            data: examples.values.contiguous(), labels: examples.labels, times: times, using: source)
        let shares = Tensor.rand([batch.labels.shape[0]], using: source)
        return GuidedBatch(batch, scale: shares * (scales[1] - scales[0]) + scales[0])
    }
}

/// Examples, noise and stored trajectories of the teacher: a pure function of seed, step and the teacher.
struct MatchingBatches: BatchSource {
    private let examples: LabelledBatches
    private let pairs: TeacherPairs
    private let device: Device
    private let seed: Seed

    init(_ method: DistillationMethod, _ context: RunContext, _ teacher: Teacher) throws {
        seed = context.seed.child("batches")
        device = context.device
        examples = try LabelledBatches(
            context.data, size: method.batch, key: "method.batch",
            flipping: context.data.settings.isFlipped,
            device: device, seed: seed.child("examples"))
        pairs = TeacherPairs(method, context, teacher)
    }

    func batch(at step: Int) throws -> MatchingBatch {
        let examples = try examples.batch(at: step)
        let source = RandomSource(seed.child("noise").child(step), device: device)
        // Both ends are left out, where one of the two estimates says nothing.
        let batch = LabelledBatch(
            data: examples.values.contiguous(), labels: examples.labels,
            times: UniformTimes(over: 0.02...0.98),
            using: source)
        let start = Tensor.randn(batch.data.shape, using: source)
        let count = min(batch.labels.shape[0], pairs.count)
        let chosen = pairs.chosen(count, using: source)
        return MatchingBatch(
            batch, start: start, pairStart: chosen.start, pairEnd: chosen.end, pairLabels: chosen.labels)
    }
}

/// Starts and ends of trajectories of a teacher.
private struct TeacherPairs: Sendable {
    let count: Int
    private let start: Tensor
    private let end: Tensor
    private let labels: Tensor

    init(_ method: DistillationMethod, _ context: RunContext, _ teacher: Teacher) {
        let count = method.weights.regression > 0 ? method.pairs : 0
        self.count = count
        let (shape, device) = (context.data.layout.shape, context.device)
        start = SampleNoise(context.seed.child("pairs")).normal(Array(0..<count), shape: shape).to(
            device)
        // Classes as often as in the data.
        let all = context.data.labels
        labels = Tensor((0..<count).map { all[$0 * all.count / max(count, 1)] }, device: device)
        guard count > 0 else {
            end = start
            return
        }
        let field = ModelVelocity(
            of: teacher.guided(by: method.scale), predicting: teacher.prediction, along: teacher.path)
        end =
            ODESampler(.heun, times: .uniform(steps: method.pairSteps)).sample(
                field, from: start, given: labels, using: RandomSource(Seed(0), device: device),
                batchSize: 64
            ).values
    }

    func chosen(_ wanted: Int, using source: RandomSource) -> (
        start: Tensor, end: Tensor, labels: Tensor
    ) {
        guard wanted > 0 else { return (start, end, labels) }
        let places = Tensor.randint(0..<count, [wanted], using: source)
        return (start.indexSelect(0, places), end.indexSelect(0, places), labels.indexSelect(0, places))
    }
}
