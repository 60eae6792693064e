/// What was seen of a training between two steps, beside its own report.
public struct Observation: Sendable {
    /// Values to log under the step's number.
    public var values: [String: Double]
    /// Texts for whoever watches.
    public var notes: [String]

    /// Values and texts; nothing unless given.
    public init(values: [String: Double] = [:], notes: [String] = []) {
        self.values = values
        self.notes = notes
    }
}
