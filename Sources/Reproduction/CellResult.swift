/// Measurements of one row with one seed.
public struct CellResult: Sendable, Codable, Hashable {
    /// Name of the row.
    public var row: String
    /// The seed.
    public var seed: Int
    /// Steps of its run.
    public var steps: Int
    /// Seconds of training, on this machine.
    public var seconds: Double
    /// Values by the names of the columns.
    public var values: [String: Double]
    /// The judge: its extractor with the checksum, and the number of samples; nil where there is no judge.
    public var judge: String?

    init(
        row: String, seed: Int, steps: Int, seconds: Double, values: [String: Double], judge: String? = nil
    ) {
        self.row = row
        self.seed = seed
        self.steps = steps
        self.seconds = seconds
        self.values = values
        self.judge = judge
    }
}
