public import Torch

/// The Fréchet distance between two Gaussians with the means and covariances of two sets of features:
/// d² = |m1 - m2|² + tr(S1 + S2 - 2 (S1 S2)^(1/2)) (Dowson and Landau, 1982).
///
/// On the features of the 2015 Inception network it is the FID (Heusel et al., 2017, equation 6); on any other it must not
/// be called so. It falls with the number of samples, roughly as 1 / N: compare equal counts only, or look at
/// ``extrapolated(from:to:configuration:seed:)``.
public enum FrechetDistance {
    /// The distance d² between two sets.
    ///
    /// With S1 = Aᵀ A and S2 = Bᵀ B, the trace of the root is the sum of the singular values of A Bᵀ, so no complex numbers
    /// arise, and singular covariances need no correction. With fewer samples than dimensions A and B are the centred samples, and
    /// nothing of the size [D, D] is made.
    ///
    /// - Throws: ``MetricError`` if the dimensions differ, the numbers overflow, or there is too little memory.
    public static func between(_ first: FeatureStatistics, _ second: FeatureStatistics) throws -> Double {
        guard first.dimension == second.dimension else {
            throw MetricError(
                .mismatch,
                """
                Statistics of \(first.dimension) and \(second.dimension) features cannot be compared: use one \
                extractor for both.
                """)
        }
        let means = (first.mean - second.mean.to(first.mean.device)).square().sum().item() as Double
        let traces = first.totalVariance + second.totalVariance
        let distance = try MetricError.finite(means + traces - 2 * traceOfRoot(first, second), "The Fréchet distance")
        // Rounding may bring the distance of equal sets below 0.
        return max(distance, 0)
    }

    /// tr (S1 S2)^(1/2).
    private static func traceOfRoot(_ first: FeatureStatistics, _ second: FeatureStatistics) throws -> Double {
        let device = first.mean.device
        let (a, b) = (first.factor, second.factor?.to(device))
        switch (a, b) {
        case (let a?, let b?):
            // The smaller of the two symmetric products has the same eigenvalues.
            let rows = min(a.shape[0], b.shape[0])
            try Memory.require(
                8, a.shape[0] * b.shape[0] + 4 * rows * rows, for: "A Fréchet distance of \(rows) samples",
                remedy: "Use fewer samples.")
            let product = a.shape[0] <= b.shape[0] ? a.matmul(b.mT) : b.matmul(a.mT)
            return try sumOfRoots(product.matmul(product.mT))
        case (let a?, nil): return try sumOfRoots(a.matmul(second.covariance.to(device)).matmul(a.mT))
        case (nil, let b?): return try sumOfRoots(b.matmul(first.covariance).matmul(b.mT))
        case (nil, nil):
            try FeatureStatistics.requireMemory(dimension: first.dimension)
            let (values, vectors) = symmetric(first.covariance).eigh()
            let kept = positive(values)
            guard kept.count > 0 else { return 0 }
            let root = vectors.indexSelect(1, kept) * values.indexSelect(0, kept).sqrt()
            return try sumOfRoots(root.mT.matmul(second.covariance.to(device)).matmul(root))
        }
    }

    /// Sum of the roots of the eigenvalues of a positive semidefinite matrix.
    private static func sumOfRoots(_ matrix: Tensor) throws -> Double {
        // The solver does not end well on numbers that are not finite.
        _ = try MetricError.finite(matrix.sum().item(), "A product of covariances")
        let squares = symmetric(matrix).eigvalsh()
        return squares.indexSelect(0, positive(squares)).sqrt().sum().item()
    }

    /// Places of the eigenvalues that are not rounding: a root would turn 1e-16 into 1e-8.
    private static func positive(_ values: Tensor) -> Tensor {
        let largest = values.amax().item()
        let floor = max(largest, 0) * Double(values.count) * .ulpOfOne
        return (values .> floor).nonzero().flatten()
    }

    private static func symmetric(_ matrix: Tensor) -> Tensor { (matrix + matrix.mT) * 0.5 }
}

extension FrechetDistance {
    /// The distance at a number of samples, and its limit for infinitely many.
    public struct Extrapolation: Sendable, Hashable {
        /// The distance with all samples.
        public let value: Double
        /// The limit: where the line over 1 / N meets 0 (Chong and Forsyth, 2020, "FID∞").
        public let limit: Double
        /// Standard error of the limit, from the residuals of the line.
        public let limitError: Double
        /// Bias of ``value`` that is due to the number of samples: value - limit.
        public var bias: Double { value - limit }
    }

    /// Options of the estimate of the limit.
    public struct ExtrapolationConfiguration: Sendable, Hashable {
        /// Number of sample sizes, at least 3; 15 as in Chong and Forsyth.
        public var points = 15
        /// Smallest size as a fraction of all; 0.1, the 5 000 of 50 000 of Chong and Forsyth.
        public var smallestFraction = 0.1

        /// The defaults.
        public init() {}
    }

    /// Fits distance = limit + slope / N to random subsets of different sizes.
    ///
    /// - Parameters:
    ///   - features: All generated features [N, D]; the smallest subset needs more than a few of them.
    ///   - reference: Statistics of the data; their own bias is not removed.
    ///   - configuration: Number and sizes of the subsets.
    ///   - seed: Origin of the subsets.
    /// - Throws: ``MetricError`` if the dimensions differ or there are too few samples.
    public static func extrapolated(
        from features: Tensor, to reference: FeatureStatistics,
        configuration: ExtrapolationConfiguration = .init(), seed: Seed
    ) throws -> Extrapolation {
        try MetricError.check(features, minimum: 3, name: "generated")
        let count = features.shape[0]
        let points = configuration.points
        try MetricError.require(points >= 3, "A line with an error needs at least 3 points, not \(points).")
        try MetricError.require(
            configuration.smallestFraction > 0 && configuration.smallestFraction <= 1,
            "The smallest fraction is above 0 and up to 1, not \(configuration.smallestFraction).")
        let smallest = max(2, Int(configuration.smallestFraction * Double(count)))
        guard count > smallest else {
            throw MetricError(
                .tooFewSamples, "\(count) samples have no subsets of different sizes, the smallest being \(smallest).")
        }
        let source = RandomSource(seed.child("extrapolation"))
        let observations = try (0..<points).map { point in
            let size = smallest + (count - smallest) * point / (points - 1)
            let chosen = Tensor.randperm(count, using: source)[0..<size].to(features.device)
            let statistics = try FeatureStatistics(of: features.indexSelect(0, chosen))
            return (x: 1 / Double(size), y: try between(statistics, reference))
        }
        let (limit, error) = intercept(observations)
        return Extrapolation(value: observations[points - 1].y, limit: limit, limitError: error)
    }

    /// Least-squares line through the points: its value at 0 and the standard error of that.
    private static func intercept(_ points: [(x: Double, y: Double)]) -> (value: Double, error: Double) {
        let count = Double(points.count)
        let (meanX, meanY) = (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
        let spread = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / spread
        let value = meanY - slope * meanX
        let squares = points.reduce(0) { sum, point in
            let residual = point.y - value - slope * point.x
            return sum + residual * residual
        }
        return (value, (squares / (count - 2) * (1 / count + meanX * meanX / spread)).squareRoot())
    }
}
