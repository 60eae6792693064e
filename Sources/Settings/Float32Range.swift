/// Values made of numbers that end up in float32, as those of all settings do.
protocol Float32Convertible {
    /// Completes "must ..." for a number that float32 cannot hold; nil if there is none.
    var float32Demand: String? { get }
}

extension Float32Convertible where Self: BinaryFloatingPoint {
    var float32Demand: String? {
        guard isFinite else { return "be finite" }
        guard magnitude <= Self(Float.greatestFiniteMagnitude) else {
            return "be at most \(Float.greatestFiniteMagnitude) in magnitude, the largest number of float32"
        }
        guard self == 0 || magnitude >= Self(Float.leastNormalMagnitude) else {
            return "be 0 or at least \(Float.leastNormalMagnitude) in magnitude, the smallest number of float32"
        }
        return nil
    }
}

extension Double: Float32Convertible {}
extension Float: Float32Convertible {}

extension Array: Float32Convertible {
    var float32Demand: String? { lazy.compactMap { ($0 as? any Float32Convertible)?.float32Demand }.first }
}

extension ClosedRange: Float32Convertible {
    var float32Demand: String? {
        [lowerBound, upperBound].lazy.compactMap { ($0 as? any Float32Convertible)?.float32Demand }.first
    }
}

extension Optional: Float32Convertible {
    var float32Demand: String? { flatMap { ($0 as? any Float32Convertible)?.float32Demand } }
}
