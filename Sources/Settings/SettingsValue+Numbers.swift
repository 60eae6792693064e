extension Int: SettingsValue {}
extension UInt64: SettingsValue {}
extension Double: SettingsValue {}
extension Float: SettingsValue {}

extension SettingsValue where Self: FixedWidthInteger {
    /// Accepts 1000, 1_000, 0x3e8, 0o1750, 0b11 and whole numbers such as 1e3 and 1.5e3.
    ///
    /// Leading zeros are refused where YAML 1.1 reads octal digits and YAML 1.2 decimal ones, as in 010.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        guard let text = node.plain else { throw node.mismatch(expected: "a whole number") }
        guard !text.isAmbiguousOctal else {
            let digits = text.drop { "+-0_".contains($0) }
            let hint = "Write \(digits.isEmpty ? "0" : digits), or 0o\(digits) for octal digits"
            throw node.mismatch(expected: "a whole number without leading zeros", hint: hint)
        }
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
        guard let digits = text.withoutDigitSeparators else { return nil }
        let (sign, magnitude) = digits.splittingSign
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where magnitude.hasPrefix(prefix) {
            // "0x-1" must not slip through as a sign after the prefix.
            guard magnitude.dropFirst(2).first?.isHexDigit == true else { return nil }
            self.init(sign + magnitude.dropFirst(2), radix: radix)
            return
        }
        guard let whole = digits.wholeDigits else { return nil }
        self.init(whole)
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
        guard let digits = text.withoutDigitSeparators, digits.isDecimalNumber, let value = Self(digits) else {
            throw node.mismatch(expected: "a number")
        }
        guard value.isFinite else {
            throw node.mismatch(expected: "a number up to \(Self.greatestFiniteMagnitude)")
        }
        let isZero = digits.prefix { $0 != "e" && $0 != "E" }.allSatisfy { !("1"..."9").contains($0) }
        guard isZero || value != 0 else {
            throw node.mismatch(expected: "a number that is 0 or at least \(Self.leastNonzeroMagnitude)")
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
    /// The text without the underscores between its digits (`10_000`); nil if one stands elsewhere.
    fileprivate var withoutDigitSeparators: String? {
        let parts = split(separator: "_", omittingEmptySubsequences: false)
        let isHexadecimal = splittingSign.magnitude.hasPrefix("0x")
        func isDigit(_ letter: Character?) -> Bool {
            letter.map { ("0"..."9").contains($0) || isHexadecimal && $0.isHexDigit } ?? false
        }
        let isBetweenDigits = zip(parts, parts.dropFirst()).allSatisfy { isDigit($0.last) && isDigit($1.first) }
        return isBetweenDigits ? parts.joined() : nil
    }

    fileprivate var splittingSign: (sign: String, magnitude: Substring) {
        first == "-" || first == "+" ? (String(prefix(1)), dropFirst()) : ("", self[...])
    }

    /// True if only digits follow the sign.
    fileprivate var isWholeNumber: Bool {
        let magnitude = (withoutDigitSeparators ?? self).splittingSign.magnitude
        return !magnitude.isEmpty && magnitude.allSatisfy { ("0"..."9").contains($0) }
    }

    /// True of 010, which is 8 or 10, and of 08, which is a text or 8; not of 007.
    fileprivate var isAmbiguousOctal: Bool {
        guard isWholeNumber, let digits = withoutDigitSeparators?.splittingSign.magnitude, digits.count > 1 else {
            return false
        }
        return digits.first == "0" && Int(digits, radix: 8) != Int(digits)
    }

    /// True if this is a decimal number, which excludes the hexadecimal, `inf` and `nan` spellings that Swift reads.
    fileprivate var isDecimalNumber: Bool {
        splittingSign.magnitude.first.map { $0 == "." || ("0"..."9").contains($0) } == true
            && allSatisfy { "0123456789+-.eE".contains($0) }
    }

    /// The digits of a whole number that may be written with a point and an exponent, exact for any size: 1.5e3 is 1500.
    fileprivate var wholeDigits: String? {
        guard isDecimalNumber, Double(self) != nil else { return nil }
        let (sign, magnitude) = splittingSign
        let parts = magnitude.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) : 0
        let digits = mantissa.joined()
        // No type of whole numbers has as many digits.
        guard let exponent, abs(exponent) < 400, digits.count < 400 else { return nil }
        let shift = exponent - (mantissa.count > 1 ? mantissa[1].count : 0)
        if shift >= 0 { return sign + digits + String(repeating: "0", count: shift) }
        guard digits.suffix(-shift).allSatisfy({ $0 == "0" }) else { return nil }
        return sign + (digits.count > -shift ? String(digits.dropLast(-shift)) : "0")
    }
}
