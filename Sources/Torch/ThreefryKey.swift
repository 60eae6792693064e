internal import Foundation

/// A key of JAX's random numbers, threefry2x32 (Salmon et al., SC 2011), with `jax_threefry_partitionable` off.
///
/// The release of arXiv 2602.04770 drew its evaluation noise with such keys. Draws of our own in training come from a
/// ``RandomSource``. Whole numbers and uniform floats are JAX's to the last bit, normal ones to a few.
public struct ThreefryKey: Sendable, Hashable {
    /// First word.
    public let first: UInt32
    /// Second word.
    public let second: UInt32

    /// A key of two words.
    public init(_ first: UInt32, _ second: UInt32) { (self.first, self.second) = (first, second) }

    /// `jax.random.PRNGKey(seed)` with 32-bit integers.
    public init(seed: UInt32) { self.init(0, seed) }

    // MARK: Keys from keys

    /// `jax.random.split(key, count)`.
    public func split(_ count: Int = 2) -> [ThreefryKey] {
        let words = bits(2 * count)
        return (0..<count).map { ThreefryKey(words[2 * $0], words[2 * $0 + 1]) }
    }

    /// `jax.random.fold_in(key, number)`.
    public func folding(in number: UInt32) -> ThreefryKey {
        let words = block(0, number)
        return ThreefryKey(words.0, words.1)
    }

    // MARK: Draws

    /// `jax.random.bits(key, (count,))`: 32 random bits each.
    public func bits(_ count: Int) -> [UInt32] {
        // The counters 0, 1, 2, ... are cut in the middle, and the halves enter as first and second words.
        let half = (count + 1) / 2
        var words = [UInt32](repeating: 0, count: 2 * half)
        for index in 0..<half {
            let counter = half + index
            let block = block(UInt32(index), counter < count ? UInt32(counter) : 0)
            (words[index], words[half + index]) = (block.0, block.1)
        }
        return Array(words.prefix(count))
    }

    /// `jax.random.uniform(key, shape)` in [0, 1), float32.
    public func uniform(_ shape: [Int]) -> Tensor { Tensor(uniform(shape.reduce(1, *))).reshape(shape) }

    /// `jax.random.normal(key, shape)`, float32.
    public func normal(_ shape: [Int]) -> Tensor {
        // Uniform in (-1, 1): the lower bound is the number next to -1.
        let low = -Float(1).nextDown
        let draws = uniform(shape.reduce(1, *)).map { max(low, $0 * (1 - low) + low) }
        return Tensor(draws.map { Float(2).squareRoot() * inverseErrorFunction($0) }).reshape(shape)
    }

    /// `jax.random.randint(key, shape, range.lowerBound, range.upperBound)`, int32.
    public func integers(in range: Range<Int32>, _ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        let keys = split()
        let span = UInt32(bitPattern: range.upperBound &- range.lowerBound)
        let half = (1 << 16) % span
        let factor = (half &* half) % span
        let draws = zip(keys[0].bits(count), keys[1].bits(count)).map { high, low in
            range.lowerBound &+ Int32(bitPattern: ((high % span) &* factor &+ low % span) % span)
        }
        return Tensor(draws).reshape(shape)
    }

    /// `jax.random.permutation(key, count)`; its first k are `jax.random.choice(key, count, (k,), replace=False)`.
    public func permutation(_ count: Int) -> [Int] {
        var key = self
        var order = Array(0..<count)
        // As many sorts by random keys as make equal keys unlikely: 3 log(count) / log(2^32).
        let rounds = count > 1 ? Int((3 * log(Double(count)) / log(4_294_967_295)).rounded(.up)) : 0
        for _ in 0..<rounds {
            let keys = key.split()
            key = keys[0]
            let tags = keys[1].bits(count)
            order = zip(tags, order).enumerated()
                .sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
                .map(\.element.1)
        }
        return order
    }

    private func uniform(_ count: Int) -> [Float] {
        // 23 random bits as the fraction of a number in [1, 2).
        bits(count).map { Float(bitPattern: $0 >> 9 | 0x3f80_0000) - 1 }
    }

    // MARK: The cipher

    private static let rotations: [[UInt32]] = [[13, 15, 26, 6], [17, 29, 16, 24]]

    /// Twenty rounds of threefry2x32 of one pair of words.
    private func block(_ first: UInt32, _ second: UInt32) -> (UInt32, UInt32) {
        let keys = [self.first, self.second, self.first ^ self.second ^ 0x1bd1_1bda]
        var (a, b) = (first &+ keys[0], second &+ keys[1])
        for group in 0..<5 {
            for rotation in Self.rotations[group % 2] {
                a = a &+ b
                b = (b << rotation | b >> (32 - rotation)) ^ a
            }
            a = a &+ keys[(group + 1) % 3]
            b = b &+ keys[(group + 2) % 3] &+ UInt32(group + 1)
        }
        return (a, b)
    }
}

/// The inverse of the error function in float32 by the polynomial that XLA uses (Giles, 2010).
private func inverseErrorFunction(_ x: Float) -> Float {
    let w = -log1p(-x * x)
    let isCentral = w < 5
    let centred = isCentral ? w - 2.5 : w.squareRoot() - 3
    let coefficients: [Float] =
        isCentral
        ? [
            2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
            -0.00417768164, 0.246640727, 1.50140941,
        ]
        : [
            -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
            0.00943887047, 1.00167406, 2.83297682,
        ]
    let value = coefficients.dropFirst().reduce(coefficients[0]) { $0 * centred + $1 }
    return abs(x) == 1 ? x * .infinity : value * x
}
