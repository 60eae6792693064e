public import Evaluation
public import Runs

/// A table or figure of a paper as a set of small runs, with the numbers that were published.
///
/// The published numbers are the authors' own, on ImageNet 256 x 256 and with other networks: only the order of the rows can
/// be compared, never the values.
public struct PaperTable: Sendable {
    /// Measurement of rows.
    public enum Measurement: Sendable {
        /// Samples against the test split; the first metric is the table's.
        case metrics([Metric])
        /// Nearest training images of samples.
        case neighbours
        /// Points of the plane from several starts; there are no runs.
        case toy
    }

    /// Settings and published number of one row.
    public struct Row: Sendable {
        /// Name in files.
        public var name: String
        /// Name in tables.
        public var label: String
        /// The published number, if there is one.
        public var published: Double?
        /// Name of the run that is measured; rows may share one.
        public var run: String
        /// Guidance strength of the samples.
        public var strength = 1.0
        /// Difference between the run and the demo's.
        public var change: @Sendable (inout RunSettings) -> Void

        /// A row with a run of its own.
        public init(
            _ name: String, _ label: String, published: Double? = nil,
            _ change: @escaping @Sendable (inout RunSettings) -> Void = { _ in }
        ) {
            self.name = name
            self.label = label
            self.published = published
            self.run = name
            self.change = change
        }
    }

    /// Name on the command line and in files.
    public var name: String
    /// Title of the table.
    public var title: String
    /// Source of the table.
    public var source: String
    /// Origin of the published numbers, in one sentence.
    public var published: String
    /// Measurement of rows.
    public var measurement: Measurement
    /// True if every row gets the same time instead of the same number of steps.
    public var isEqualTime = false
    /// The rows in the order of the paper.
    public var rows: [Row]

    /// A table.
    public init(
        _ name: String, _ title: String, source: String, published: String,
        measurement: Measurement = .metrics([.frechet, .precision, .recall]), rows: [Row]
    ) {
        self.name = name
        self.title = title
        self.source = source
        self.published = published
        self.measurement = measurement
        self.rows = rows
    }
}
