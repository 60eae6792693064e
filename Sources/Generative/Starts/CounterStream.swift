internal import Foundation

/// Random words by position: threefry2x64 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011), encrypting a counter under a key of two words.
///
/// A word depends on the key and its place alone, and no two places of a key share a block.
struct CounterStream {
    private let key: (UInt64, UInt64, UInt64)

    init(_ first: UInt64, _ second: UInt64) {
        key = (first, second, first ^ second ^ 0x1bd1_1bda_a9fc_1a22)
    }

    /// The two words of a block.
    @inline(__always)
    func words(of block: UInt64) -> (UInt64, UInt64) {
        var (a, b) = (block &+ key.0, key.1)
        Self.fourRounds(&a, &b, 16, 42, 12, 31)
        (a, b) = (a &+ key.1, b &+ key.2 &+ 1)
        Self.fourRounds(&a, &b, 16, 32, 24, 21)
        (a, b) = (a &+ key.2, b &+ key.0 &+ 2)
        Self.fourRounds(&a, &b, 16, 42, 12, 31)
        (a, b) = (a &+ key.0, b &+ key.1 &+ 3)
        Self.fourRounds(&a, &b, 16, 32, 24, 21)
        (a, b) = (a &+ key.1, b &+ key.2 &+ 4)
        Self.fourRounds(&a, &b, 16, 42, 12, 31)
        return (a &+ key.2, b &+ key.0 &+ 5)
    }

    @inline(__always)
    private static func fourRounds(
        _ a: inout UInt64, _ b: inout UInt64, _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64
    ) {
        round(&a, &b, first)
        round(&a, &b, second)
        round(&a, &b, third)
        round(&a, &b, fourth)
    }

    @inline(__always)
    private static func round(_ a: inout UInt64, _ b: inout UInt64, _ rotation: UInt64) {
        a = a &+ b
        b = (b &<< rotation | b &>> (64 &- rotation)) ^ a
    }

    /// Standard normal numbers at the places 0, 1, 2, ...: the quantiles of the words' upper 53 bits.
    func fillNormal<Number: BinaryFloatingPoint>(
        _ row: UnsafeMutableBufferPointer<Number>, _ rounded: (Double) -> Number
    ) {
        var place = 0
        while place < row.count {
            let words = words(of: UInt64(place / 2))
            row[place] = rounded(Self.normal(words.0))
            if place + 1 < row.count { row[place + 1] = rounded(Self.normal(words.1)) }
            place += 2
        }
    }

    /// The quantile of (m + 1/2) / 2^53, where m are the upper 53 bits of a word: within 8.3 deviations.
    @inline(__always)
    private static func normal(_ word: UInt64) -> Double {
        normalQuantile((Double(word &>> 11) + 0.5) * 0x1p-53)
    }
}

/// The number below which a standard normal variable lies with a probability in (0, 1), to 16 digits.
///
/// Algorithm AS 241, routine PPND16 (Wichura, Applied Statistics 37, 1988). Away from the tails it multiplies, adds and
/// divides only, so that it gives the same bits on every machine.
func normalQuantile(_ probability: Double) -> Double {
    let centred = probability - 0.5
    if centred.magnitude <= 0.425 {
        let r = 0.180625 - centred * centred
        return centred * centralRatio(r)
    }
    // 1 - p as 0.5 - (p - 0.5), which is exact.
    let tail = centred < 0 ? probability : 0.5 - centred
    let r = (-log(tail)).squareRoot()
    let size = r <= 5 ? nearRatio(r - 1.6) : farRatio(r - 5)
    return centred < 0 ? -size : size
}

// The rational functions of PPND16, by Horner's rule and one statement per power: type checkers are slow on long sums.

@inline(__always)
private func centralRatio(_ r: Double) -> Double {
    var a = 2.5090809287301226727e3
    a = a * r + 3.3430575583588128105e4
    a = a * r + 6.7265770927008700853e4
    a = a * r + 4.5921953931549871457e4
    a = a * r + 1.3731693765509461125e4
    a = a * r + 1.9715909503065514427e3
    a = a * r + 1.3314166789178437745e2
    a = a * r + 3.3871328727963666080
    var b = 5.2264952788528545610e3
    b = b * r + 2.8729085735721942674e4
    b = b * r + 3.9307895800092710610e4
    b = b * r + 2.1213794301586595867e4
    b = b * r + 5.3941960214247511077e3
    b = b * r + 6.8718700749205790830e2
    b = b * r + 4.2313330701600911252e1
    return a / (b * r + 1)
}

private func nearRatio(_ r: Double) -> Double {
    var c = 7.74545014278341407640e-4
    c = c * r + 2.27238449892691845833e-2
    c = c * r + 2.41780725177450611770e-1
    c = c * r + 1.27045825245236838258
    c = c * r + 3.64784832476320460504
    c = c * r + 5.76949722146069140550
    c = c * r + 4.63033784615654529590
    c = c * r + 1.42343711074968357734
    var d = 1.05075007164441684324e-9
    d = d * r + 5.47593808499534494600e-4
    d = d * r + 1.51986665636164571966e-2
    d = d * r + 1.48103976427480074590e-1
    d = d * r + 6.89767334985100004550e-1
    d = d * r + 1.67638483018380384940
    d = d * r + 2.05319162663775882187
    return c / (d * r + 1)
}

private func farRatio(_ r: Double) -> Double {
    var e = 2.01033439929228813265e-7
    e = e * r + 2.71155556874348757815e-5
    e = e * r + 1.24266094738807843860e-3
    e = e * r + 2.65321895265761230930e-2
    e = e * r + 2.96560571828504891230e-1
    e = e * r + 1.78482653991729133580
    e = e * r + 5.46378491116411436990
    e = e * r + 6.65790464350110377720
    var f = 2.04426310338993978564e-15
    f = f * r + 1.42151175831644588870e-7
    f = f * r + 1.84631831751005468180e-5
    f = f * r + 7.86869131145613259100e-4
    f = f * r + 1.48753612908506148525e-2
    f = f * r + 1.36929880922735805310e-1
    f = f * r + 5.99832206555887937690e-1
    return e / (f * r + 1)
}
