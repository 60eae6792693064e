internal import Torch
internal import TorchNN

/// One computation of a case: its precision, and its inputs as they are or perturbed.
struct Trial {
    /// Relative size of the perturbation of inputs: about the rounding of float32.
    static let perturbation = 1e-7

    /// Type of parameters and inputs.
    let dtype: DType
    /// Number of the perturbation; nil for none.
    let draw: UInt64?

    /// An input in the precision of the trial.
    ///
    /// - Parameters:
    ///   - tensor: Floating-point numbers.
    ///   - name: Inputs of different names are perturbed independently.
    func input(_ tensor: Tensor, _ name: String) -> Tensor {
        guard let draw else { return tensor.to(dtype) }
        // The same on every machine and in every run.
        let source = RandomSource(Seed(draw).child(name))
        let noise = Tensor.randn(tensor.shape, using: source, dtype: .float64)
        return (tensor.to(.float64) * (noise * Self.perturbation + 1)).to(dtype)
    }
}

/// A network in the precisions of trials, whose parameters are perturbed like other inputs: rounding in every layer acts much
/// as that does.
struct TrialNetworks<Network> {
    private let make: (DType) throws -> (ParameterStore, Network)

    init(_ make: @escaping (DType) throws -> (ParameterStore, Network)) { self.make = make }

    /// The parameters of a trial, and the network.
    func pair(_ trial: Trial) throws -> (ParameterStore, Network) {
        let (store, network) = try make(trial.dtype)
        if trial.draw != nil {
            for (name, tensor) in store.state where tensor.dtype == trial.dtype {
                tensor.copy(from: trial.input(tensor.detach(), name))
            }
        }
        return (store, network)
    }

    /// The network of a trial.
    func network(_ trial: Trial) throws -> Network { try pair(trial).1 }
}

/// Changes of the results of a case when its inputs are perturbed.
struct Response {
    private let unperturbed: CaseComparisons
    private var largest: [CaseComparisons.Key: Double] = [:]

    /// - Parameter unperturbed: The most precise trial.
    init(of unperturbed: CaseComparisons) { self.unperturbed = unperturbed }

    /// Takes a trial with perturbed inputs into account.
    mutating func add(_ perturbed: CaseComparisons) {
        for (key, record) in perturbed.records {
            guard let original = unperturbed.records[key] else { continue }
            let change = record.measure.error(record.actual, original.actual)
            largest[key] = max(largest[key] ?? 0, change)
        }
    }

    /// The largest change of a quantity so far, in its measure.
    subscript(key: CaseComparisons.Key) -> Double? { largest[key] }
}

extension CaseRecorder {
    /// Perturbations that are tried before a case fails: whether one of them moves an input of a ReLU across 0 is chance.
    private static let draws: UInt64 = 16

    /// Computes one case in several precisions, the most precise one last.
    ///
    /// It passes when for each quantity one of them agrees with the vectors, which were computed in float32 themselves, and when our
    /// own precisions agree with each other. A deviation beyond the tolerance passes only as that of an ill-conditioned case: when inputs that
    /// differ in the last digit of float32 move the result nearly as far.
    func check(
        _ name: String, in precisions: [DType], _ body: (Trial, CaseComparisons) throws -> Void
    ) {
        attempt(name) {
            func run(_ dtype: DType, _ draw: UInt64? = nil) throws -> CaseComparisons {
                let comparisons = makeComparisons(name)
                try body(Trial(dtype: dtype, draw: draw), comparisons)
                return comparisons
            }
            let plain = try precisions.map { try run($0) }
            guard let precise = plain.last, let dtype = precisions.last else { return }
            var response = Response(of: precise)
            var judged: [Comparison] = []
            for draw in 0..<Self.draws {
                response.add(try run(dtype, draw))
                judged = Self.judge(plain, response)
                if judged.allSatisfy(\.passes) { break }
            }
            try record(name, judged.max { $0.rank < $1.rank })
        }
    }

    private static func judge(_ trials: [CaseComparisons], _ response: Response) -> [Comparison] {
        var keys: [CaseComparisons.Key] = []
        for trial in trials { keys += trial.keys.filter { !keys.contains($0) } }
        return keys.flatMap { key -> [Comparison] in
            let records = trials.compactMap { $0.records[key] }
            let best = records.map(\.comparison).min { $0.rank < $1.rank }
            return [best?.responding(by: response[key]), consistency(records, key, response)].compactMap(\.self)
        }
    }

    /// Our float32 beside our float64, for results that depend continuously on the inputs; gradients jump at the kinks of a ReLU.
    private static func consistency(
        _ records: [CaseComparisons.Record], _ key: CaseComparisons.Key, _ response: Response
    ) -> Comparison? {
        guard records.count == 2, records[0].measure.isOfValues else { return nil }
        let error = records[0].measure.error(records[0].actual, records[1].actual)
        return Comparison(
            quantity: "float32 against float64, \(key.quantity)", error: error,
            tolerance: records[0].measure.tolerance, response: response[key])
    }
}
