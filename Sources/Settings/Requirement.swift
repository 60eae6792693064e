/// Condition of a value, and its words in a message: "must be at least 1".
public struct Requirement<Value> {
    /// Completes the sentence "training.steps: must ...".
    let demand: String
    let holds: (Value) -> Bool

    /// A custom requirement: `Requirement("be a power of two") { $0.nonzeroBitCount == 1 }`.
    public init(_ demand: String, _ holds: @escaping (Value) -> Bool) {
        self.demand = demand
        self.holds = holds
    }

    /// The demand as a clause about others: "are at least 1" for "be at least 1".
    fileprivate func clause(_ verb: String) -> String {
        demand.hasPrefix("be ") ? verb + demand.dropFirst(2) : "must " + demand
    }

    /// The requirement for a value that may be absent.
    var ifPresent: Requirement<Value?> {
        Requirement<Value?>(demand) { $0.map(holds) ?? true }
    }
}

extension Requirement where Value: Comparable {
    /// Within both ends: `.in(0...1)`.
    public static func `in`(_ range: ClosedRange<Value>) -> Self {
        let isPoint = range.lowerBound == range.upperBound
        return Self(
            isPoint ? "be \(range.lowerBound)" : "be from \(range.lowerBound) to \(range.upperBound)", range.contains)
    }

    /// From one end to below the other: `.in(0..<1)`.
    public static func `in`(_ range: Range<Value>) -> Self {
        Self("be at least \(range.lowerBound) and below \(range.upperBound)", range.contains)
    }

    /// Not below: `.in(1...)`.
    public static func `in`(_ range: PartialRangeFrom<Value>) -> Self {
        Self("be at least \(range.lowerBound)", range.contains)
    }

    /// Not above: `.in(...1)`.
    public static func `in`(_ range: PartialRangeThrough<Value>) -> Self {
        Self("be at most \(range.upperBound)", range.contains)
    }

    /// Below: `.in(..<1)`.
    public static func `in`(_ range: PartialRangeUpTo<Value>) -> Self {
        Self("be below \(range.upperBound)", range.contains)
    }
}

extension Requirement where Value: Comparable & Numeric {
    /// Above zero; for real numbers no range can say this.
    public static var positive: Self { Self("be above 0") { $0 > 0 } }
}

extension Requirement where Value: BinaryInteger {
    /// A multiple of another number.
    public static func multiple(of divisor: Value) -> Self {
        Self("be a multiple of \(divisor)") { $0.isMultiple(of: divisor) }
    }
}

extension Requirement where Value: BinaryFloatingPoint {
    /// Not infinite.
    public static var finite: Self { Self("be finite") { $0.isFinite } }
}

extension Requirement where Value: Collection {
    /// At least one element or letter.
    public static var nonEmpty: Self { Self("not be empty") { !$0.isEmpty } }

    /// A number of elements: `.count(.in(1...4))`.
    public static func count(_ requirement: Requirement<Int>) -> Self {
        Self("have a count that \(requirement.clause("is"))") { requirement.holds($0.count) }
    }

    /// Every element meets a requirement.
    public static func each(_ requirement: Requirement<Value.Element>) -> Self {
        Self("have only elements that \(requirement.clause("are"))") { $0.allSatisfy(requirement.holds) }
    }
}

extension Requirement where Value: Collection, Value.Element: Hashable {
    /// No element twice.
    public static var distinct: Self { Self("have no element twice") { Set($0).count == $0.count } }
}
