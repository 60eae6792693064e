/// Reading of configurations in which a key that is absent, or null, stands for its default.
extension KeyedDecodingContainer {
    func value<Value: Decodable>(_ key: Key, or standard: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? standard
    }
}

/// Limits of sizes in configurations from elsewhere: far beyond any network, and small enough that no product overflows.
enum ConfigurationLimits {
    /// Largest number of channels, heads, classes and pixels.
    static let size = 1 << 20
    /// Largest number of levels, blocks and layers.
    static let depth = 1 << 10

    /// A phrase about the first of these values that is not within 1 and its limit; nil if all are.
    static func mistake(sizes: [(String, Int)], depths: [(String, Int)]) -> String? {
        for (name, value) in sizes where !(1...size).contains(value) {
            return "\(name) is \(value), not from 1 to \(size)"
        }
        for (name, value) in depths where !(1...depth).contains(value) {
            return "\(name) is \(value), not from 1 to \(depth)"
        }
        return nil
    }

    /// A phrase about channels of levels that do not form groups; nil if all do.
    static func mistake(groups: Int, of channels: [Int]) -> String? {
        guard let odd = channels.first(where: { $0 % groups != 0 }) else { return nil }
        return "\(odd) channels do not form norm_num_groups = \(groups) equal groups"
    }
}
