/// The value of a metric with its error bar.
public struct Measurement: Sendable, Hashable, Codable {
    /// The value.
    public var value: Double
    /// Its standard error; nil if there are too few samples to tell.
    public var error: Double?
    /// Name of the extractor of the features.
    public var extractor: String

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
        return (mean, (squares / (count - 1) / count).squareRoot())
    }
}
