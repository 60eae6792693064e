internal import Artifacts
internal import Torch

/// JAX's random numbers.
///
/// Names say seed and arguments: `randint_42_0_10_n11`, `uniform_42_3x4`.
enum RandomNumbersCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let names = file.tensors.keys.sorted()
        for name in names where !name.hasPrefix("chain/") {
            recorder.check(name) { comparisons in
                guard let (draw, measure) = try draw(named: name, like: file[name].shape) else {
                    throw Unknown(reason: "this version knows no such draws")
                }
                try comparisons.compare("draws", draw, file[name], measure)
            }
        }
        for chain in Set(file.names(in: "chain/").map { String($0.prefix { $0 != "/" }) }).sorted() {
            recorder.check("chain/\(chain)") { try compareChain(chain, file, $0) }
        }
    }

    /// Numbers that a name asks for, in the shape of those in the file.
    private static func draw(named name: String, like shape: [Int]) throws -> (Tensor, Measure)? {
        let words = name.split { $0 == "_" || $0 == "/" }.map(String.init)
        let numbers = words.compactMap(UInt32.init)
        guard let seed = numbers.first else { return nil }
        let key = ThreefryKey(seed: seed)
        let count = shape.reduce(1, *)
        switch (words[0], numbers.count) {
        case ("PRNGKey", 1): return (tensor([key]).reshape(shape), .exact)
        case ("split", 2): return (tensor(key.split(Int(numbers[1]))), .exact)
        case ("fold", 2): return (tensor([key.folding(in: numbers[1])]).reshape(shape), .exact)
        case ("bits", 1): return (Tensor(key.bits(count).map(Int32.init(bitPattern:))), .exact)
        case ("uniform", 1): return (key.uniform(shape), .exact)
        case ("normal", 1): return (key.normal(shape), .forward(1e-6))
        case ("randint", 3) where numbers[1] < numbers[2] && numbers[2] <= Int32.max:
            return (key.integers(in: Int32(numbers[1])..<Int32(numbers[2]), shape), .exact)
        case ("permutation", 1):
            guard let total = name.firstMatch(of: /of(\d+)/).flatMap({ Int($0.output.1) }), total >= count
            else { return nil }
            return (Tensor(Array(key.permutation(total).prefix(count))), .exact)
        default: return nil
        }
    }

    private static func tensor(_ keys: [ThreefryKey]) -> Tensor {
        Tensor(keys.flatMap { [Int32(bitPattern: $0.first), Int32(bitPattern: $0.second)] }).reshape(keys.count, 2)
    }

    /// The release's evaluation noise of one batch: `seed0_batch3`.
    private static func compareChain(_ name: String, _ file: VectorFile, _ comparisons: CaseComparisons) throws {
        let numbers = name.split(separator: "_").compactMap { UInt32($0.drop { !$0.isNumber }) }
        guard numbers.count == 2 else {
            throw VerificationError("\(file.name): 'chain/\(name)' does not name a seed and a batch.")
        }
        // First four bytes of the SHA-1 of byte 1, which Flax folds in for the first stream.
        let constant = UInt32(file.config["flax_fold_constant"]?.int ?? 3_213_575_472)
        let noise = ThreefryKey(seed: numbers[0]).folding(in: numbers[1]).split(1)[0]
        let place = "chain/\(name)"
        let words = try file["\(place)/noise_key"]
        try comparisons.compare("key", tensor([noise]).reshape(words.shape), words, .exact)
        let draws = noise.folding(in: constant).split()
        let x = try file["\(place)/x"]
        try comparisons.compare("noise", draws[0].normal(x.shape), x, .forward(1e-6))
        let style = try file["\(place)/style"]
        let classes = Int32(Self.bound(in: file.description) ?? style.amax().intItem() + 1)
        try comparisons.compare("styles", draws[1].integers(in: 0..<classes, style.shape), style, .exact)
    }

    /// N of `style randint(0,N)` in the words of the manifest, the only place that says it.
    private static func bound(in description: String) -> Int? {
        description.firstMatch(of: /randint\(0, *(\d+)\)/).flatMap { Int($0.output.1) }
    }
}
