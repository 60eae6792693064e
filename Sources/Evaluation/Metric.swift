/// A number that judges samples, named as in the JSON of a report.
public enum Metric: String, Sendable, Hashable, CaseIterable, Codable {
    /// Fréchet distance; FID on Inception features only.
    case frechet
    /// Kernel distance with the cubic kernel; KID on Inception features only.
    case kid
    /// Inception Score of the extractor's classes.
    case inceptionScore = "inception_score"
    /// Fraction of samples that look real.
    case precision
    /// Fraction of the data that is generated.
    case recall
    /// Precision that counts how often.
    case density
    /// Recall with the balls of the data.
    case coverage
    /// Squared maximum mean discrepancy with Gaussian kernels.
    case mmd
    /// Sliced Wasserstein distance of order 2.
    case slicedWasserstein = "sliced_wasserstein"
    /// Energy distance.
    case energyDistance = "energy_distance"

    /// True if smaller is better.
    public var isDistance: Bool {
        switch self {
        case .frechet, .kid, .mmd, .slicedWasserstein, .energyDistance: true
        case .inceptionScore, .precision, .recall, .density, .coverage: false
        }
    }

    /// True if mean and covariance of the data are enough: the others need its images.
    public var needsStatisticsOnly: Bool { self == .frechet || self == .inceptionScore }

    /// Name in tables, which depends on the extractor of the features.
    ///
    /// - Parameter isInception: True if the features are those of the 2015 Inception network, so that the names FID and KID
    ///   apply.
    public func title(isInception: Bool) -> String {
        switch self {
        case .frechet: isInception ? "FID" : "Fréchet distance"
        case .kid: isInception ? "KID" : "Kernel distance"
        case .inceptionScore: isInception ? "Inception Score" : "Classifier score"
        case .precision: "Precision"
        case .recall: "Recall"
        case .density: "Density"
        case .coverage: "Coverage"
        case .mmd: "MMD²"
        case .slicedWasserstein: "Sliced Wasserstein"
        case .energyDistance: "Energy distance"
        }
    }
}
