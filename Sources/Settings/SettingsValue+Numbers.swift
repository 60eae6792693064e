extension Int: SettingsValue {}
extension UInt64: SettingsValue {}
extension Double: SettingsValue {}
extension Float: SettingsValue {}

extension SettingsValue where Self: FixedWidthInteger {
    /// Accepts 1000, 1_000, 0x3e8, 0o1750, 0b11 and whole numbers such as 1e3 and 1.5e3; leading zeros mean nothing.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        guard let text = node.plain else { throw node.mismatch(expected: "a whole number") }
        if let value = Self(yaml: text) {
            self = value
        } else if text.isWholeNumber {
            throw node.mismatch(expected: "a whole number from \(Self.min) to \(Self.max)")
        } else {
            throw node.mismatch(expected: "a whole number")
        }
    }

    /// The decimal digits.
    public var setting: SettingsNode { .plain(description) }

    private init?(yaml text: String) {
        let digits = text.withoutDigitSeparators
        let (sign, magnitude) = digits.splittingSign
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where magnitude.hasPrefix(prefix) {
            // "0x-1" must not slip through as a sign after the prefix.
            guard magnitude.dropFirst(2).first?.isHexDigit == true else { return nil }
            self.init(sign + magnitude.dropFirst(2), radix: radix)
            return
        }
        if let value = Self(digits) {
            self = value
        } else if digits.isDecimalNumber, let number = Double(digits), let value = Self(exactly: number) {
            self = value
        } else {
            return nil
        }
    }
}

extension SettingsValue where Self: BinaryFloatingPoint & LosslessStringConvertible {
    /// Accepts decimal numbers, with or without exponent, and .inf; not .nan, which no setting can mean.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        guard let text = node.plain else { throw node.mismatch(expected: "a number") }
        let (sign, magnitude) = text.splittingSign
        if magnitude.lowercased() == ".inf" {
            self = sign == "-" ? -.infinity : .infinity
            return
        }
        let digits = text.withoutDigitSeparators
        guard digits.isDecimalNumber, let value = Self(digits) else { throw node.mismatch(expected: "a number") }
        guard value.isFinite else {
            throw node.mismatch(expected: "a number up to \(Self.greatestFiniteMagnitude)")
        }
        self = value
    }

    /// The shortest digits that give the same number, or `.inf`.
    public var setting: SettingsNode {
        if isInfinite { return .plain(sign == .minus ? "-.inf" : ".inf") }
        return .plain(isNaN ? ".nan" : description)
    }
}

extension String {
    /// The text without the underscores between its digits (`10_000`).
    fileprivate var withoutDigitSeparators: String {
        hasPrefix("_") || hasSuffix("_") ? self : filter { $0 != "_" }
    }

    fileprivate var splittingSign: (sign: String, magnitude: Substring) {
        first == "-" || first == "+" ? (String(prefix(1)), dropFirst()) : ("", self[...])
    }

    /// True if only digits follow the sign.
    fileprivate var isWholeNumber: Bool {
        let magnitude = withoutDigitSeparators.splittingSign.magnitude
        return !magnitude.isEmpty && magnitude.allSatisfy { ("0"..."9").contains($0) }
    }

    /// True if this is a decimal number, which excludes the hexadecimal, `inf` and `nan` spellings that Swift reads.
    fileprivate var isDecimalNumber: Bool {
        splittingSign.magnitude.first.map { $0 == "." || ("0"..."9").contains($0) } == true
            && allSatisfy { "0123456789+-.eE".contains($0) }
    }
}
