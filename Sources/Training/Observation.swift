/// Values and texts of an observer, between two steps.
public struct Observation: Sendable {
    /// Values to log under the step's number.
    public var values: [String: Double]
    /// Notes for the user.
    public var notes: [String]

    /// Values and texts; nothing by default.
    public init(values: [String: Double] = [:], notes: [String] = []) {
        self.values = values
        self.notes = notes
    }
}
