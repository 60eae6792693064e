/// The value of a metric with its error bar.
public struct Measurement: Sendable, Hashable, Codable {
    /// Number of the largest balls that make half of a precision or recall.
    public struct Concentration: Sendable, Hashable, Codable {
        /// Number of the largest balls that together hold at least half of the samples that count.
        public var balls: Int
        /// Number of all balls.
        public var of: Int

        /// True if a hundredth of the balls, or one, makes half of the number: outliers carry it.
        public var isSuspicious: Bool { balls <= max(1, of / 100) && of >= 20 }
    }

    /// The value.
    public var value: Double
    /// Its standard error; nil if there are too few samples to tell.
    public var error: Double?
    /// Name of the extractor of the features.
    public var extractor: String
    /// The value without the tenth of the balls with the largest radii; of precision and recall only.
    public var trimmed: Double?
    /// Number of balls that make half of the value, in the set in which they are fewest; of precision and recall only, and
    /// nil if fewer than ten samples count.
    public var concentration: Concentration?

    /// A value with its error bar.
    public init(value: Double, error: Double?, extractor: String) {
        self.value = value
        self.error = error
        self.extractor = extractor
    }

    /// Mean and standard error of independent values.
    static func mean(of values: [Double]) -> (value: Double, error: Double?) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        guard values.count > 1 else { return (mean, nil) }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = (squares / (count - 1) / count).squareRoot()
        return (mean, error.isFinite ? error : nil)
    }
}
