public import Torch

/// Standard normal noise that belongs to samples by their index: neither the size of a batch, nor its order, nor who
/// else is in it changes what a sample gets.
///
///     let noise = SampleNoise(Seed(42))
///     let start = noise.normal([7, 8, 9], shape: [1, 28, 28])         // row 0 is that of sample 7, always
///
/// The numbers of a sample come from a counter-based generator whose key is the seed of the purpose and the index, so
/// different samples of a purpose never share numbers (a generator of libtorch, by contrast, takes only the lower 32 bits
/// of its seed). They are drawn on the CPU in float64 and rounded, so every device and float type gets the same ones.
public struct SampleNoise: Sendable, Hashable {
    private let seed: Seed

    /// The noise of a seed.
    public init(_ seed: Seed) { self.seed = seed }

    /// Independent standard normal numbers for each of these samples.
    ///
    /// - Parameters:
    ///   - indices: Indices of N samples, in any order; an index that occurs twice gets the same row twice.
    ///   - shape: Shape of the noise of each.
    ///   - purpose: Use of the numbers: different purposes have unrelated numbers. By default "start".
    ///   - dtype: Floating-point type of the result, float32 by default.
    /// - Returns: Numbers [N] + `shape` on the CPU.
    public func normal(
        _ indices: [Int], shape: [Int], for purpose: String = "start", dtype: DType = .float32
    ) -> Tensor {
        demand(dtype.isFloatingPoint, "noise is made of floating-point numbers, not of \(dtype)")
        if dtype == .float32 { return rows(indices, shape, purpose) { Float($0) } }
        return rows(indices, shape, purpose) { $0 }.to(dtype)
    }

    private func rows<Number: BinaryFloatingPoint & TorchScalar>(
        _ indices: [Int], _ shape: [Int], _ purpose: String, _ rounded: (Double) -> Number
    ) -> Tensor {
        let key = seed.child(purpose).value
        let length = shape.reduce(1, *)
        let count = indices.count * length
        let numbers = [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
            for (row, index) in indices.enumerated() {
                let part = UnsafeMutableBufferPointer(rebasing: buffer[row * length..<(row + 1) * length])
                CounterStream(key, UInt64(bitPattern: Int64(index))).fillNormal(part, rounded)
            }
            initialized = count
        }
        return Tensor(numbers, shape: [indices.count] + shape)
    }
}
