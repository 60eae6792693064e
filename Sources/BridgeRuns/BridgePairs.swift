internal import Bridges
internal import Datasets
internal import Generative
internal import RunData
internal import Runs
internal import Synchronization
internal import Torch

/// Pairs of examples of both data sets, drawn independently or from the entropic transport of the batch: a pure function of
/// seed and step.
struct IndependentPairs: BatchSource {
    private let starts: LabelledBatches
    private let ends: LabelledBatches
    private let reference: BrownianBridge?
    private let device: Device
    private let seed: Seed

    /// - Parameter paired: True for pairs of entropic transport.
    init(
        _ method: BridgeMethod, _ context: RunContext, _ ends: BridgeEnds, _ direction: BridgeDirection, paired: Bool,
        seed: Seed
    ) throws {
        func batches(_ data: TrainingData, _ name: String) throws -> LabelledBatches {
            try LabelledBatches(
                data, size: method.batch, key: "method.batch", flipping: data.settings.isFlipped,
                device: context.device, seed: seed.child(name))
        }
        starts = try batches(ends.start(of: direction), "starts")
        self.ends = try batches(ends.end(of: direction), "ends")
        reference = paired ? method.reference : nil
        device = context.device
        self.seed = seed
    }

    func batch(at step: Int) throws -> BridgeBatch {
        let start = try starts.batch(at: step).values.contiguous()
        var end = try ends.batch(at: step).values.contiguous()
        let source = RandomSource(seed.child("noise").child(step), device: device)
        if let reference { end = end.indexSelect(0, reference.pairing(of: start, with: end, using: source)) }
        return BridgeBatch(start: start, end: end, using: source)
    }
}

/// Pairs of an example, and of the end to which a frozen drift of the other direction carries it.
///
/// Pools of pairs are made every so many steps, each a pure function of the seed, its number and the frozen network, so that
/// a run that resumes sees the same ones.
final class SimulatedPairs: BatchSource {
    private let method: BridgeMethod
    private let field: DriftPair<BridgeNetwork>
    private let examples: TrainingData
    private let device: Device
    private let seed: Seed
    private let present = Mutex<(number: Int, pool: Pool)?>(nil)

    /// Rows of a simulation that are under way at the same time.
    private static let chunk = 256

    /// Simulated starts, and the examples they were simulated from.
    private struct Pool: Sendable {
        let starts: Tensor
        let ends: Tensor
    }

    /// - Parameters:
    ///   - method: Sizes and the reference.
    ///   - frozen: The drift of the other direction.
    ///   - examples: Where that starts, and the stage's own direction ends.
    ///   - device: Place of the pairs.
    ///   - seed: Origin of all draws.
    init(
        _ method: BridgeMethod, by frozen: BridgeNetwork, from examples: TrainingData, on device: Device, seed: Seed
    ) {
        self.method = method
        field = DriftPair(along: frozen, against: frozen, reference: method.reference)
        self.examples = examples
        self.device = device
        self.seed = seed
    }

    func batch(at step: Int) throws -> BridgeBatch {
        let pool = try pool(step / method.refresh)
        let source = RandomSource(seed.child("noise").child(step), device: device)
        let count = pool.ends.shape[0]
        let rows = Tensor.randperm(count, using: source).slice(0, 0, min(method.batch, count)).to(device)
        return BridgeBatch(start: pool.starts.indexSelect(0, rows), end: pool.ends.indexSelect(0, rows), using: source)
    }

    private func pool(_ number: Int) throws -> Pool {
        if let known = present.withLock({ $0 }), known.number == number { return known.pool }
        let pool = try simulated(number)
        present.withLock { $0 = (number, pool) }
        return pool
    }

    private func simulated(_ number: Int) throws -> Pool {
        let seed = seed.child("pool").child(number)
        let source = RandomSource(seed, device: device)
        let order = Tensor.randperm(examples.count, using: RandomSource(seed.child("examples")))
        let chosen = order.slice(0, 0, max(method.pool, method.batch)).scalars(as: Int.self)
        let real = try examples.examples(chosen, on: device, drawing: seed.child("pixels")).contiguous()
        let starts = withoutGradients {
            stride(from: 0, to: chosen.count, by: Self.chunk).map { first in
                BrownianBridge.ends(
                    of: field, from: real.slice(0, first, min(first + Self.chunk, chosen.count)),
                    steps: method.simulationSteps, using: source)
            }
        }
        return Pool(starts: Tensor.cat(starts), ends: real)
    }
}
