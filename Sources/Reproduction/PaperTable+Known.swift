internal import Drifting
internal import DriftingRuns
internal import Encoders
internal import Evaluation
internal import Features
internal import Runs

extension PaperTable {
    /// All tables, in the order of the paper; the last is ours.
    public static let all = [
        antisymmetry, positives, temperatures, normalisation, features, guidance, toy, neighbours, fields,
    ]

    /// The table of a name.
    public static func named(_ name: String) -> PaperTable? { all.first { $0.name == name } }

    private static let ablation = "FID of the ablation model on ImageNet 256 x 256 after 30k steps, theirs"

    /// Pull and push out of balance.
    static let antisymmetry = PaperTable(
        "antisymmetry", "Antisymmetry of the field", source: "arXiv 2602.04770, table 1", published: ablation,
        rows: [
            Row("balanced", "V+ - V- (default)", published: 8.46),
            scaled("1.5x-attraction", "1.5 V+ - V-", 41.05, attraction: 1.5),
            scaled("1.5x-repulsion", "V+ - 1.5 V-", 46.28, repulsion: 1.5),
            scaled("2x-attraction", "2 V+ - V-", 86.16, attraction: 2),
            scaled("2x-repulsion", "V+ - 2 V-", 112.84, repulsion: 2),
            scaled("attraction-only", "V+", 177.14, repulsion: 0),
        ])

    /// More positives, and the best use of a fixed number of samples.
    static let positives = PaperTable(
        "positives", "Positives per label, and labels against samples per label", source: "arXiv 2602.04770, table 2",
        published: ablation
            + "; there P = 1, 16, 32, 64 with 64 samples of each of 64 labels, and 4096 samples split 8, 16, "
            + "32, 64 per label",
        rows: [
            positives(1, 20.43), positives(8, 10.39), positives(16, 8.97), positives(32, 8.46),
            split(labels: 40, each: 8, 11.82), split(labels: 20, each: 16, 10.16), split(labels: 10, each: 32, 9.32),
            split(labels: 5, each: 64, 8.46),
        ])

    /// Single temperatures against all three.
    static let temperatures = PaperTable(
        "temperatures", "Temperatures of the kernel", source: "arXiv 2602.04770, appendix (temperatures)",
        published: ablation,
        rows: [
            widths("0.02", [0.02], 10.62), widths("0.05", [0.05], 8.67), widths("0.2", [0.2], 8.96),
            widths("all", [0.2, 0.05, 0.02], 8.46),
        ])

    /// Normalisation of affinities.
    static let normalisation = PaperTable(
        "normalisation", "Normalisation of the kernel", source: "arXiv 2602.04770, table 11", published: ablation,
        rows: [
            normalised("both", "over targets and samples (default)", 8.46, .both),
            normalised("targets", "over targets", 8.92, .targets), normalised("none", "none", 10.54, .none),
        ])

    /// Features in which samples drift.
    static let features = PaperTable(
        "features", "Sets of features", source: "arXiv 2602.04770, table 3",
        published: ablation + "; (a) locations, (b) global mean and deviation, (c) over 2 x 2, (d) over 4 x 4",
        rows: [
            selected("ab", "(a, b)", .aToB, 9.58), selected("abc", "(a to c)", .aToC, 9.10),
            selected("abcd", "(a to d)", .aToD, 8.46),
            Row("pixels", "pixels alone, no encoder") { settings in
                settings.changeDrifting {
                    $0.features.encoder = nil
                    $0.features.selection.pixels = true
                }
            },
        ])

    /// One model, sampled at several strengths.
    static let guidance = PaperTable(
        "guidance", "Guidance strength against fidelity and diversity", source: "arXiv 2602.04770, figure 5",
        published:
            "guidance trades FID against Inception Score; the ablation's best FID, 8.46, is at alpha = 2, L/2's at 1",
        measurement: .metrics([.frechet, .inceptionScore, .precision, .recall]),
        rows: [1, 1.5, 2, 2.5, 3, 4].map { alpha in
            var row = Row("alpha-\(alpha)", "alpha = \(alpha)") { settings in
                settings.changeDrifting {
                    $0.negatives = 8
                    $0.guidance = GuidanceSettings()
                }
            }
            row.run = "guided"
            row.strength = alpha
            return row
        })

    /// Three starts in the plane.
    static let toy = PaperTable(
        "toy", "Drifting in the plane from three starts", source: "arXiv 2602.04770, figure 3",
        published: "both modes are reached from all three starts, theirs", measurement: .toy,
        rows: ToyEvolution.Start.allCases.map { Row($0.rawValue.replacing(" ", with: "-"), $0.rawValue) })

    /// Samples beside the training images that are nearest to them.
    static let neighbours = PaperTable(
        "neighbours", "Nearest training images of samples", source: "arXiv 2602.04770, figure 6",
        published: "nearest neighbours are visibly different, theirs", measurement: .neighbours,
        rows: [Row("default", "the demo's model")])

    /// Fields that came after the paper, in the time that the released one takes.
    static let fields = {
        var table = PaperTable(
            "fields", "Fields at equal time",
            source: "ours; fields of arXiv 2605.11755, 2603.12366, 2605.10727, 2607.02375 and 2602.04770",
            published: "Sinkhorn 7.08 against 8.46 at equal steps (arXiv 2605.11755), theirs",
            rows: [
                Row("released", "released", published: 8.46),
                field("sinkhorn", "debiased Sinkhorn", published: 7.08, .sinkhorn(SinkhornFieldSettings())),
                field("score-difference", "score difference", .scoreDifference(KernelFieldSettings(.scoreDifference))),
                field("mean-shift", "mean shift, Laplace", laplaceMeanShift),
                field("mmd", "MMD", .mmd(KernelFieldSettings(.maximumMeanDiscrepancy))),
            ])
        table.isEqualTime = true
        return table
    }()

    private static var laplaceMeanShift: FieldSettings {
        var settings = KernelFieldSettings(.meanShift)
        settings.configuration.kernel = .laplace
        settings.configuration.temperatures = [0.2, 0.05, 0.02]
        return .meanShift(settings)
    }
}

extension PaperTable {
    private static func released(
        _ name: String, _ label: String, _ published: Double,
        _ change: @escaping @Sendable (inout ReleasedField.Configuration) -> Void
    ) -> Row {
        Row(name, label, published: published) { settings in
            settings.changeDrifting {
                var released = ReleasedFieldSettings()
                if case .released(let present) = $0.field { released = present }
                change(&released.configuration)
                $0.field = .released(released)
            }
        }
    }

    private static func scaled(
        _ name: String, _ label: String, _ published: Double, attraction: Double = 1, repulsion: Double = 1
    ) -> Row {
        released(name, label, published) { ($0.attraction, $0.repulsion) = (attraction, repulsion) }
    }

    private static func widths(_ name: String, _ temperatures: [Double], _ published: Double) -> Row {
        released(name, name == "all" ? "all three (default)" : "tau = \(name)", published) {
            $0.temperatures = temperatures
        }
    }

    private static func normalised(
        _ name: String, _ label: String, _ published: Double, _ normalisation: ReleasedField.Normalisation
    ) -> Row {
        released(name, label, published) { $0.normalisation = normalisation }
    }

    private static func positives(_ count: Int, _ published: Double) -> Row {
        Row("positives-\(count)", "P = \(count), G = 32", published: published) { settings in
            settings.changeDrifting { ($0.generated, $0.positives) = (32, count) }
        }
    }

    private static func split(labels: Int, each: Int, _ published: Double) -> Row {
        Row("split-\(labels)x\(each)", "\(labels) labels, G = P = \(each)", published: published) { settings in
            settings.changeDrifting { ($0.labels, $0.generated, $0.positives) = (labels, each, each) }
        }
    }

    private static func selected(
        _ name: String, _ label: String, _ set: FeatureSettings.Named, _ published: Double
    ) -> Row {
        Row(name, label, published: published) { settings in
            settings.changeDrifting { $0.features.named = set }
        }
    }

    private static func field(_ name: String, _ label: String, published: Double? = nil, _ field: FieldSettings) -> Row
    {
        Row(name, label, published: published) { settings in settings.changeDrifting { $0.field = field } }
    }
}

extension RunSettings {
    /// The method of the run, whose tables these are.
    var drifting: DriftingMethod {
        get {
            guard let method = method as? DriftingMethod else { fatalError("the tables are those of drifting models") }
            return method
        }
        set { method = newValue }
    }

    mutating func changeDrifting(_ change: (inout DriftingMethod) -> Void) { change(&drifting) }
}
