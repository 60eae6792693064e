internal import CTorch

/// A value from which random sources are derived by name, so that each use of randomness has its own stream and adding
/// one does not disturb the others.
///
///     let source = RandomSource(Seed(42).child("train").child(step))
public struct Seed: Sendable, Hashable, Codable {
    /// The 64 bits that a generator is started with.
    public let value: UInt64

    /// The root of a family of seeds.
    public init(_ value: UInt64) { self.value = value }

    /// The seed of a named part; different names give unrelated streams.
    public func child(_ name: String) -> Seed {
        // FNV-1a over the name, then mixed with the parent, so that "a"/"bc" and "ab"/"c" differ.
        let hash = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        return Seed(Self.mix(value &+ Self.mix(hash)))
    }

    /// The seed of a numbered part, such as a step.
    public func child(_ index: Int) -> Seed {
        Seed(Self.mix(value ^ Self.mix(UInt64(bitPattern: Int64(index)) &+ 0x9e37_79b9_7f4a_7c15)))
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A stream of random numbers on a device: libtorch's generator, passed as an argument to whatever draws.
///
/// Nothing in this package draws from a global generator. The same seed gives the same numbers as PyTorch's
/// `torch.Generator().manual_seed` on the same device. Not to be shared between threads.
public final class RandomSource {
    private let handle: OpaquePointer
    /// Where the numbers are drawn.
    public let device: Device

    /// Starts a stream.
    ///
    /// - Parameters:
    ///   - seed: Where it starts; libtorch's generator on the CPU takes its lower 32 bits only.
    ///   - device: Where numbers are drawn; streams of different devices differ.
    public init(_ seed: Seed, device: Device = .cpu) {
        var made: OpaquePointer?
        guard succeeded(ctorch_generator_new(seed.value, device.kind, device.index, &made)), let made else {
            fatalError("Torch: a random source on \(device) is not available")
        }
        handle = made
        self.device = device
    }

    deinit { ctorch_generator_release(handle) }

    /// The state of the stream, as bytes [N] of dtype uint8 on the CPU; setting it continues from there, bit for bit.
    public var state: Tensor {
        get { withGenerator { generator in result { ctorch_generator_state(generator, $0) } } }
        set {
            withGenerator { generator in
                newValue.withHandle { _ = succeeded(ctorch_generator_set_state(generator, $0)) }
            }
        }
    }

    @inline(__always)
    func withGenerator<R>(_ body: (OpaquePointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(handle) }
    }
}

extension Tensor {
    /// Standard normal numbers.
    public static func randn(_ shape: [Int], using source: RandomSource, dtype: DType = .float32) -> Tensor {
        drawn(shape, source) { ctorch_randn($0, $1, dtype.code, $2, $3, $4, $5) }
    }

    /// Numbers uniform in `range`, [0, 1) by default.
    public static func rand(
        _ shape: [Int], in range: Range<Double> = 0..<1, using source: RandomSource, dtype: DType = .float32
    ) -> Tensor {
        let unit = drawn(shape, source) { ctorch_rand($0, $1, dtype.code, $2, $3, $4, $5) }
        if range == 0..<1 { return unit }
        return unit * (range.upperBound - range.lowerBound) + range.lowerBound
    }

    /// Whole numbers uniform in `range`.
    public static func randint(
        _ range: Range<Int>, _ shape: [Int], using source: RandomSource, dtype: DType = .int64
    ) -> Tensor {
        drawn(shape, source) {
            ctorch_randint(Int64(range.lowerBound), Int64(range.upperBound), $0, $1, dtype.code, $2, $3, $4, $5)
        }
    }

    /// The numbers 0 to `count` - 1 in random order.
    public static func randperm(_ count: Int, using source: RandomSource) -> Tensor {
        source.withGenerator { generator in
            result { ctorch_randperm(Int64(count), source.device.kind, source.device.index, generator, $0) }
        }
    }

    /// `count` indices per row, drawn with these non-negative weights, [N] or [B, N].
    public func multinomial(_ count: Int, replacement: Bool = false, using source: RandomSource) -> Tensor {
        source.withGenerator { generator in
            withHandle { handle in
                result { ctorch_multinomial(handle, Int64(count), replacement, generator, $0) }
            }
        }
    }

    /// Ones with these probabilities, else zeros.
    public func bernoulli(using source: RandomSource) -> Tensor {
        source.withGenerator { generator in
            withHandle { handle in result { ctorch_bernoulli(handle, generator, $0) } }
        }
    }

    private typealias Draw = (UnsafePointer<Int64>?, Int64, Int32, Int32, OpaquePointer, Out) -> Int32

    private static func drawn(_ shape: [Int], _ source: RandomSource, _ draw: Draw) -> Tensor {
        source.withGenerator { generator in
            shape.withInt64 { sizes, rank in
                result { draw(sizes, rank, source.device.kind, source.device.index, generator, $0) }
            }
        }
    }
}
