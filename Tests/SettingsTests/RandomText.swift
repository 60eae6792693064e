/// A small generator whose numbers are the same everywhere (Steele, Lea and Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// A positive number of any magnitude that float32 has.
    mutating func positive() -> Double {
        let digits = Double(bitPattern: next() & (1 << 52 - 1) | 1023 << 52)
        return digits * Double(sign: .plus, exponent: Int.random(in: -126...127, using: &self), significand: 1)
    }

    /// A text of one to twelve letters, with those that mean something in YAML more often than others.
    mutating func text() -> String {
        let special = Array("abc 019:#-?,[]{}&*!|>'\"%@`\\\n\t.~=<é日😀\u{0}\u{85}\u{2028}")
        return String((0..<1 + below(12)).map { _ in special[below(special.count)] })
    }
}
