internal import Artifacts
internal import Drifting
internal import Torch

/// The released field and loss: composed and fused, against the release and its twin in float64.
enum DriftLossCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        for (name, config) in (file.config["cases"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            recorder.check(name) { try compare(Case(file: file, name: name, config: config), $0) }
        }
    }

    private static func compare(_ expected: Case, _ comparisons: CaseComparisons) throws {
        let configuration = try expected.configuration
        let fields: [(String, any DriftField, DType)] = [
            ("composed", ReleasedField(configuration), .float64),
            ("fused", FusedDriftField(configuration), expected.isWellConditioned ? .float32 : .float64),
        ]
        for (name, field, dtype) in fields {
            let drift = field.drift(of: try expected.points(dtype))
            if expected.isWellConditioned { try compare(drift, field, expected, name, comparisons) }
            if dtype == .float64 { try compareWithTwin(drift, expected, "\(name) in float64", comparisons) }
        }
    }

    private static func compare(
        _ drift: Drift, _ field: any DriftField, _ expected: Case, _ name: String, _ comparisons: CaseComparisons
    ) throws {
        try comparisons.compare("gradient, \(name)", drift.gradient, expected.tensor("grad_gen"), .ofMaximum())
        try comparisons.compare("loss, \(name)", drift.value, expected.tensor("loss"), .forward())
        try comparisons.compare(
            "scale, \(name)", drift.scale.item(), expected.tensor("info/scale").item(), .ofMaximum(1e-4))
        for (temperature, strength) in zip(field.temperatures, drift.strengths) {
            // Far below the floor of the normalisation a strength is rounding noise.
            try comparisons.compare(
                "strength \(temperature), \(name)", strength.item(), expected.strength(temperature),
                .ofMaximum(floor: 1e-5))
        }
    }

    /// The formula in float64 is what counts where the release's float32 is rounding noise.
    private static func compareWithTwin(
        _ drift: Drift, _ expected: Case, _ name: String, _ comparisons: CaseComparisons
    ) throws {
        try comparisons.compare(
            "gradient, \(name)", drift.gradient, expected.tensor("grad_gen_f64ref"), .ofMaximum(floor: 1e-3))
        try comparisons.compare("loss, \(name)", drift.value, expected.tensor("loss_f64ref"), .forward())
    }

    /// One call of the release.
    private struct Case {
        let file: VectorFile
        let name: String
        let config: JSON

        /// True if the release's float32 says more than rounding noise.
        var isWellConditioned: Bool { config["well_conditioned"]?.bool ?? true }

        var configuration: ReleasedField.Configuration {
            get throws {
                let temperatures = config["R_list"]?.array.compactMap(\.number) ?? []
                guard !temperatures.isEmpty, temperatures.allSatisfy({ $0 > 0 }) else {
                    throw VerificationError("manifest.json: '\(name)' has no R_list of temperatures above 0.")
                }
                return ReleasedField.Configuration(temperatures: temperatures)
            }
        }

        func tensor(_ key: String) throws -> Tensor { try file["\(name)/\(key)"] }

        /// Raw strength at a temperature, whose key is spelt as Python prints numbers.
        func strength(_ temperature: Double) throws -> Double {
            let prefix = "info/loss_"
            let spelling = file.names(in: "\(name)/\(prefix)").first { Double($0) == temperature }
            return try tensor(prefix + (spelling ?? "\(temperature)")).item()
        }

        func points(_ dtype: DType) throws -> DriftPoints {
            var sizes = Sizes()
            func read(_ key: String, _ layout: String) throws -> Tensor {
                try file.tensor("\(name)/\(key)", layout, &sizes).to(dtype)
            }
            func optional(_ key: String, _ layout: String) throws -> Tensor? {
                file.tensors["\(name)/\(key)"] == nil ? nil : try read(key, layout)
            }
            return DriftPoints(
                generated: try read("gen", "B G D"), positives: try read("fixed_pos", "B P D"),
                negatives: try optional("fixed_neg", "B Q D"), generatedWeights: try optional("weight_gen", "B G"),
                positiveWeights: try optional("weight_pos", "B P"), negativeWeights: try optional("weight_neg", "B Q"))
        }
    }
}

/// Distances with their floor, read off the scale of single pairs: with one generated point and one positive, the mean
/// distance is (1e-4 + d) / 2, as that of a point to itself is the floor.
enum DistanceCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        recorder.check("all pairs") { comparisons in
            var sizes = Sizes()
            let x = try file.tensor("x", "B N D", &sizes).to(.float64)
            let y = try file.tensor("y", "B M D", &sizes).to(.float64)
            let expected = try file.tensor("out", "B N M", &sizes)
            let (count, others) = (sizes["N"], sizes["M"])
            let distances = (0..<(sizes["B"] * count * others)).map { index in
                let (b, i, j) = (index / others / count, index / others % count, index % others)
                let pair = DriftPoints(generated: x[b, i].reshape(1, 1, -1), positives: y[b, j].reshape(1, 1, -1))
                return ReleasedField().drift(of: pair).scale.item() * 2 - 1e-4
            }
            try comparisons.compare("distance", Tensor(distances).reshape(expected.shape), expected, .forward())
        }
    }
}
