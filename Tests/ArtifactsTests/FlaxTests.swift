import Artifacts
import Backbones
import Foundation
import Generative
import TestSupport
import Testing
import Torch
import TorchNN

/// Files as flax's `msgpack_serialize` writes them, byte by byte by the rules of MessagePack.
@Suite("Artifacts of flax")
struct FlaxTests {
    /// An array: extension 1 of [shape, type, bytes].
    private static func array(_ shape: [UInt8], _ type: String, _ bytes: [UInt8]) -> [UInt8] {
        let inner =
            [0x93, 0x90 | UInt8(shape.count)] + shape + [0xA0 | UInt8(type.utf8.count)] + Array(type.utf8)
            + [0xC5, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
        return [0xC8, UInt8(inner.count >> 8), UInt8(inner.count & 255), 1] + inner
    }

    private static func text(_ text: String) -> [UInt8] { [0xA0 | UInt8(text.utf8.count)] + Array(text.utf8) }

    private static func map(_ pairs: (String, [UInt8])...) -> [UInt8] {
        [0x80 | UInt8(pairs.count)] + pairs.flatMap { text($0.0) + $0.1 }
    }

    private static func bytes<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
        numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
    }

    private static let kernel = bytes((0..<72).map { Float($0).bitPattern })

    private static let example = map(
        (
            "params",
            map(
                ("a", map(("kernel", array([3, 3, 2, 4], "float32", kernel)))),
                ("b", map(("bias", array([3], "bfloat16", [0x80, 0x3F, 0x49, 0x40, 0x80, 0xFF])))),
                (
                    "c",
                    map(
                        ("__msgpack_chunked_array__", [0xC3]), ("shape", map(("0", [2]), ("1", [3]))),
                        (
                            "chunks",
                            map(
                                ("0", array([4], "int32", bytes([1, 2, 3, 4] as [Int32]))),
                                ("1", array([2], "int32", bytes([5, 6] as [Int32]))))
                        ))
                ))
        ))

    private func file<Result>(_ bytes: [UInt8], _ body: (URL) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "ema_params.msgpack")
            try Data(bytes).write(to: url)
            return try body(url)
        }
    }

    @Test("arrays, bfloat16 and chunks have the numbers of their bytes; an outer 'params' is left out")
    func numbers() throws {
        try file(Self.example) { url in
            let tensors = try FlaxFile(url).tensors
            #expect(tensors.keys.sorted() == ["a/kernel", "b/bias", "c"])
            let bias = try #require(tensors["b/bias"]).read()
            #expect(bias.dtype == .bfloat16)
            #expect(bias.to(.float32).scalars(as: Float.self) == [1, 3.140625, -.infinity])
            assertEqual(try #require(tensors["c"]).read(), Tensor([1, 2, 3, 4, 5, 6] as [Int32], shape: [2, 3]))
            // HWIO [3, 3, 2, 4] as OIHW: place (1, 0, 2, 1) is (2, 1, 0, 1) there, 57.
            let kernel = try #require(tensors["a/kernel"]).permuted([3, 2, 0, 1]).read()
            #expect(kernel.shape == [4, 2, 3, 3])
            #expect(kernel[1, 0, 2, 1].item() == 57)
        }
        try file(Self.example + [0xC0]) { url in _ = #expect(throws: (any Error).self) { _ = try FlaxFile(url) } }
    }

    @Test("what is written is read again, in chunks too")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "x.msgpack")
            let tensors = [
                "a/b/kernel": Tensor.randn([3, 50], using: RandomSource(Seed(1))),
                "a/c": .full([2], 3, dtype: .bfloat16),
                "d": Tensor.arange(7, dtype: .int64), "scalar": Tensor(2.5),
            ]
            for limit in [1 << 30, 64] {
                try FlaxFile.write(tensors.mapValues(StoredTensor.init), to: url, chunking: limit)
                let read = try FlaxFile(url).tensors
                #expect(Set(read.keys) == Set(tensors.keys))
                for (name, tensor) in tensors { assertEqual(try #require(read[name]).read(), tensor) }
            }
        }
    }

    /// Of the example, cut anywhere and with bytes changed: an error, or tensors that can be read.
    @Test("a file that is cut or damaged is an error, never a crash")
    func damage() throws {
        var random = SystemRandomNumberGenerator.seeded(7)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "x.msgpack")
            for count in stride(from: 0, to: Self.example.count, by: 7) {
                try Data(Self.example.prefix(count)).write(to: url)
                #expect(throws: (any Error).self) { _ = try FlaxFile(url) }
            }
            for _ in 0..<500 {
                var bytes = Self.example
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                try Data(bytes).write(to: url)
                guard let read = try? FlaxFile(url) else { continue }
                for tensor in read.tensors.values { _ = try tensor.read() }
            }
        }
    }

    /// Names of files that claim too much, and their bytes.
    private static let claims: [String: [UInt8]] = [
        "array": [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], "map": [0xDF, 0x7F, 0xFF, 0xFF, 0xFF, 0xC0],
        "bytes": [0xC6, 0xFF, 0xFF, 0xFF, 0xFF, 0], "text": [0xDB, 0xFF, 0xFF, 0xFF, 0xFF, 0],
        "nesting": [UInt8](repeating: 0x91, count: 1_000_000), "no value": [0xC1], "nothing": [],
        "shape": [0x81, 0xA1, 0x61] + array([255, 255, 255, 255], "float32", [0, 0, 0, 0]),
        "type": [0x81, 0xA1, 0x61] + array([1], "complex64", [0, 0, 0, 0, 0, 0, 0, 0]),
        "key twice": [0x82, 0xA1, 0x61, 0xC0, 0xA1, 0x61, 0xC0],
    ]

    @Test(
        "lengths beyond the file and endless nesting are refused before memory is taken",
        arguments: claims.keys.sorted())
    func claim(name: String) throws {
        try file(try #require(Self.claims[name])) { url in
            _ = #expect(throws: (any Error).self) { _ = try FlaxFile(url) }
        }
    }

    /// A small generator of the release.
    static var configuration: [String: Any] {
        [
            "cond_dim": 16, "num_classes": 3, "noise_classes": 4, "noise_coords": 2, "input_size": 4, "in_channels": 4,
            "n_cls_tokens": 2, "patch_size": 2, "hidden_size": 16, "depth": 2, "num_heads": 2, "mlp_ratio": 4.0,
            "out_channels": 4, "use_qknorm": true, "use_swiglu": true, "use_rope": true, "use_rmsnorm": true,
            "use_bf16": false, "attn_fp32": true, "use_remat": false,
        ]
    }

    @Test("a generator goes to flax and comes back with the same bits, under the release's names")
    func generator() throws {
        try withTemporaryFolder { folder in
            let json = try JSONSerialization.data(withJSONObject: Self.configuration)
            let configuration = try JSONDecoder().decode(JSONValue.self, from: json)
            let store = ParameterStore(seed: Seed(4))
            _ = DiT(try JSONDecoder().decode(DiT.Configuration.self, from: json), in: store.root)
            let tensors = Dictionary(uniqueKeysWithValues: store.state.map { ($0.name, StoredTensor($0.tensor)) })
            let model = ImportedModel(try StoredNetwork(.generator, configuration, tensors, from: "test"))
            let out = folder.appending(path: "artifact")
            try ModelExport.flax.write(model, to: out)
            let names = try FlaxFile(out.appending(path: "params_ema/ema_params.msgpack")).tensors.keys
            for name in [
                "Embed_0/embedding", "noise_embeds_1/embedding", "LightningDiT_0/pos_embed", "RMSNorm_0/weight",
                "LightningDiT_0/blocks_1/Attention_0/TorchLinear_0/Dense_0/kernel",
                "LightningDiT_0/blocks_0/SwiGLUFFN_0/TorchLinear_2/Dense_0/bias",
                "LightningDiT_0/FinalLayer_0/RMSNorm_0/weight", "TimestepEmbedder_0/TorchLinear_1/Dense_0/kernel",
            ] { #expect(names.contains(name), "\(name)") }
            let read = try ImportedModel(out).network
            for (name, tensor) in store.state {
                assertEqual(try #require(read.tensors[name]).read().contiguous(), tensor)
            }
            // Its kind decides, and a name of too many is listed.
            try ModelFolder.write(ImportedModel(read), to: folder.appending(path: "model"))
            let again = try ModelFolder(folder.appending(path: "model")).model
            let sampler = try ModelSampler(again)
            #expect(sampler.isLatent && sampler.classes == 3 && sampler.sampleShape == [4, 4, 4])
            let values = try sampler.samples(of: [0, 1, 2, 0, 1], seed: Seed(1)).values
            assertEqual(try sampler.samples(of: [0, 1], seed: Seed(1)).values, values.slice(0, 0, 2))
        }
    }
}

extension SystemRandomNumberGenerator {
    /// Numbers that are the same in every run.
    static func seeded(_ seed: UInt64) -> SeededNumbers { SeededNumbers(state: seed) }
}

/// SplitMix64.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
