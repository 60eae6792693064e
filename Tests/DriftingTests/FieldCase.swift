import Drifting
import Torch

/// The fields without floors that properties are claimed of, with wide enough widths for a few points.
struct FieldCase: Sendable, CustomStringConvertible {
    let description: String
    let field: any DriftField

    init(_ description: String, _ field: any DriftField) {
        self.description = description
        self.field = field
    }

    private static let temperatures = [1, 0.3]

    /// A kernel field without a floor under its strength.
    static func kernel(_ law: KernelField.Law, _ kernel: DriftKernel, temperatures: [Double] = temperatures) -> Self {
        var configuration = KernelField.Configuration(law, temperatures: temperatures)
        configuration.kernel = kernel
        configuration.strengthFloor = 1e-30
        return FieldCase("\(law.rawValue), \(kernel.rawValue)", KernelField(configuration))
    }

    /// A Sinkhorn field without a floor under its strength.
    static func sinkhorn(_ cost: SinkhornField.Cost, temperatures: [Double] = temperatures) -> Self {
        var configuration = SinkhornField.Configuration(temperatures: temperatures)
        configuration.cost = cost
        configuration.strengthFloor = 1e-30
        return FieldCase("sinkhorn, \(cost.rawValue)", SinkhornField(configuration))
    }

    static let kernels = KernelField.Law.allCases.flatMap { law in DriftKernel.allCases.map { kernel(law, $0) } }
    static let all = kernels + SinkhornField.Cost.allCases.map { sinkhorn($0) }

    /// The release's field and its variants, which have floors.
    static let variants = DriftKernel.allCases.flatMap { kernel in
        [ReleasedField.Normalisation.both, .targets, .none].flatMap { normalisation in
            [(1.0, 1.0), (1.5, 1), (1, 2), (1, 0)].map { attraction, repulsion in
                var configuration = ReleasedField.Configuration(temperatures: [0.2, 0.5])
                configuration.kernel = kernel
                configuration.normalisation = normalisation
                (configuration.attraction, configuration.repulsion) = (attraction, repulsion)
                return (
                    "\(kernel.rawValue), \(normalisation.rawValue), \(attraction) - \(repulsion)", configuration
                )
            }
        }
    }
}

extension DriftPoints {
    /// Standard normal points in float64 with a second generated batch.
    static func withSecondBatch(
        _ groups: Int = 2, generated: Int = 5, positives: Int = 6, negatives: Int = 0, dimensions: Int = 4,
        seed: UInt64 = 1
    ) -> DriftPoints {
        var points = DriftPoints.normal(
            groups, generated: generated, positives: positives, negatives: negatives, dimensions: dimensions,
            weighted: negatives > 0, seed: seed)
        points.independent = .randn(
            [groups, positives, dimensions], using: RandomSource(Seed(seed + 100)), dtype: .float64)
        return points
    }
}
