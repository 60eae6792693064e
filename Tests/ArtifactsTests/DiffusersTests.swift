import Artifacts
import Backbones
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import Verification

/// Networks of diffusers, beside what diffusers computed: see Fixtures/make_vectors.py.
@Suite("Networks of diffusers")
struct DiffusersTests {
    private static let vectors = fixtures().appending(path: "vectors")
    private static let autoencoder = vectors.appending(path: "vae/three_level")
    private static let denoiser = vectors.appending(path: "networks/unet_class")

    /// A copy of a folder whose tensors and configuration are changed.
    private func changed<Result>(
        _ folder: URL, tensors change: (inout [String: Tensor]) -> Void = { _ in },
        configuration edit: (inout [String: Any]) -> Void = { _ in }, _ body: (URL) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { copy in
            let file = folder.appending(path: "diffusion_pytorch_model.safetensors")
            var tensors = try SafetensorsFile(file).tensors
            change(&tensors)
            try SafetensorsFile.write(
                tensors.map { ($0.key, $0.value) }, to: copy.appending(path: "diffusion_pytorch_model.safetensors"))
            let data = try Data(contentsOf: folder.appending(path: "config.json"))
            var configuration = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            edit(&configuration)
            try JSONSerialization.data(withJSONObject: configuration).write(to: copy.appending(path: "config.json"))
            return try body(copy)
        }
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("autoencoder and U-Net agree with diffusers, and SD-VAE has the real one's parameters")
    func agree() throws {
        var names: [String] = []
        let summary = try Verification(folder: Self.vectors).run { names.append($0.name) }
        #expect(summary.failed == 0)
        #expect(summary.passed == 3)
        #expect(names.contains("vae/three_level"))
        #expect(names.contains("networks/unet_class"))
        #expect(names.contains("vae/parameters"))
    }

    @Test(
        "names of attention of all generations, as linear layers and as convolutions, give the same bits",
        arguments: [
            ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"],
            ["to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out", "group_norm": "norm"],
        ], [false, true])
    func oldNames(names: [String: String], pointwise: Bool) throws {
        let images = Tensor.randn([1, 3, 16, 16], using: RandomSource(Seed(1)))
        let present = try DiffusersFolder(Self.autoencoder).load(AutoencoderKL.self).network
        let renamed = try changed(Self.autoencoder) { tensors in
            for (name, tensor) in tensors where name.contains(".attentions.") {
                guard let pair = names.first(where: { name.contains(".\($0.key).") }) else { continue }
                tensors[name] = nil
                let isMatrix = pointwise && tensor.rank == 2
                tensors[name.replacing(".\(pair.key).", with: ".\(pair.value).")] =
                    isMatrix ? tensor.reshape(tensor.shape + [1, 1]) : tensor
            }
            #expect(tensors.keys.contains { $0.contains(".\(names["to_q"] ?? "").") })
        } _: {
            try DiffusersFolder($0).load(AutoencoderKL.self).network
        }
        assertEqual(renamed.encode(images), present.encode(images))
    }

    @Test("missing, left-over and wrongly shaped tensors are listed by name, and nothing is loaded")
    func strict() throws {
        let text = try changed(Self.denoiser) { tensors in
            tensors["conv_in.weight"] = nil
            tensors["surplus.weight"] = .zeros([2])
            tensors["conv_out.bias"] = .zeros([3])
        } _: { folder in
            message { _ = try DiffusersFolder(folder).load(UNet2D.self) }
        }
        #expect(text.contains("missing (1):\n    conv_in.weight float32[16, 1, 3, 3]"))
        #expect(text.contains("unused (1):\n    surplus.weight"))
        #expect(text.contains("conv_out.bias: [3], should be [2]"))
    }

    @Test(
        "what is not served is named",
        arguments: [
            ("time_embedding_type", "fourier" as any Sendable, "time_embedding_type is 'fourier'"),
            ("down_block_types", ["DownBlock2D", "ResnetDownsampleBlock2D"], "a 'ResnetDownsampleBlock2D'"),
            ("block_out_channels", [16, -32], "a number of block_out_channels is -32"),
            ("block_out_channels", [16, 1_000_000_000], "1000000000, not from 1"),
            ("layers_per_block", 1 << 40, "layers_per_block is"), ("norm_num_groups", 5, "5 equal groups"),
            ("norm_num_groups", "x", "the value of 'norm_num_groups' is of the wrong kind"),
            ("_class_name", "UNet3DModel", "describes a UNet3DModel, not a UNet2DModel"),
        ])
    func unserved(key: String, value: any Sendable, expected: String) throws {
        let text = try changed(Self.denoiser, configuration: { $0[key] = value }) { folder in
            message { _ = try DiffusersFolder(folder).load(UNet2D.self) }
        }
        #expect(text.contains(expected), "\(text)")
    }

    @Test("a size that the weights do not have is refused before memory is taken")
    func claims() throws {
        let text = try changed(
            Self.denoiser, configuration: { $0["block_out_channels"] = [1 << 18, 1 << 19] }
        ) { folder in message { _ = try DiffusersFolder(folder).load(UNet2D.self) } }
        #expect(text.contains("wrong shape"))
    }

    @Test("weights in parts with an index are those of one file, and a wrong index is named")
    func shards() throws {
        try withTemporaryFolder { folder in
            let tensors = try SafetensorsFile(
                Self.denoiser.appending(path: "diffusion_pytorch_model.safetensors")
            ).tensors
            var map: [String: String] = [:]
            for (index, part) in ["a.safetensors", "b.safetensors"].enumerated() {
                let chosen = tensors.filter { $0.key.utf8.count % 2 == index }
                try SafetensorsFile.write(chosen.map { ($0.key, $0.value) }, to: folder.appending(path: part))
                for name in chosen.keys { map[name] = part }
            }
            try FileManager.default.copyItem(
                at: Self.denoiser.appending(path: "config.json"), to: folder.appending(path: "config.json"))
            let index = folder.appending(path: "diffusion_pytorch_model.safetensors.index.json")
            func write(_ map: [String: String]) throws {
                try JSONEncoder().encode(["weight_map": map]).write(to: index)
            }
            try write(map)
            let store = try DiffusersFolder(folder).load(UNet2D.self).store
            for (name, tensor) in tensors { assertEqual(try #require(store[name]), tensor) }
            var wrong = map
            wrong["conv_in.bias"] = map["conv_in.bias"] == "a.safetensors" ? "b.safetensors" : "a.safetensors"
            try write(wrong)
            #expect(message { _ = try DiffusersFolder(folder) }.contains("'conv_in.bias'"))
            wrong["conv_in.bias"] = "../elsewhere.safetensors"
            try write(wrong)
            #expect(message { _ = try DiffusersFolder(folder) }.contains("not beside it"))
            wrong["conv_in.bias"] = nil
            try write(wrong)
            #expect(message { _ = try DiffusersFolder(folder) }.contains("does not name 'conv_in.bias'"))
        }
    }

    @Test("weights, configuration or index that are cut or damaged are an error or other numbers, never a crash")
    func damage() throws {
        var random = SeededNumbers(state: 11)
        let parts = ["config.json", "diffusion_pytorch_model.safetensors"]
        let contents = try parts.map { [UInt8](try Data(contentsOf: Self.denoiser.appending(path: $0))) }
        try withTemporaryFolder { folder in
            for (index, part) in parts.enumerated() {
                for (other, bytes) in zip(parts, contents) { try Data(bytes).write(to: folder.appending(path: other)) }
                let url = folder.appending(path: part)
                // Of weights, the header is what can go wrong.
                let length = min(contents[index].count, 12_000)
                for round in 0..<60 {
                    var bytes = contents[index]
                    if round % 5 == 0 { bytes.removeLast(Int.random(in: 1..<length, using: &random)) }
                    for _ in 0..<Int.random(in: 1...4, using: &random) {
                        bytes[Int.random(in: 0..<min(length, bytes.count), using: &random)] = .random(
                            in: 0...255, using: &random)
                    }
                    try Data(bytes).write(to: url)
                    guard let model = try? ImportedModel(folder) else { continue }
                    _ = try? model.network.load()
                }
            }
        }
    }

    @Test("a tiled autoencoder joins its parts without a seam")
    func tiles() throws {
        let network = try DiffusersFolder(Self.autoencoder).load(AutoencoderKL.self).network
        let latents = Tensor.randn([1, 4, 20, 28], using: RandomSource(Seed(3)))
        let whole = network.decode(latents)
        // One part holds all: the same numbers.
        assertEqual(network.decode(latents, tiling: Tiling(size: 112)), whole)
        let tiled = network.decode(latents, tiling: Tiling(size: 64, overlap: 0.5))
        #expect(tiled.shape == whole.shape)
        // Away from seams and borders of parts a decoder sees nearly the same.
        #expect((tiled - whole).abs().mean().item() < 0.2 * whole.abs().mean().item())
        let images = Tensor.randn([1, 3, 80, 112], using: RandomSource(Seed(4)))
        let means = network.posterior(of: images, tiling: Tiling(size: 40)).mean
        #expect(means.shape == [1, 4, 20, 28])
        // Of a constant image every inner part is constant, hence the joined one too.
        let flat = network.encode(.full([1, 3, 128, 128], 0.3), tiling: Tiling(size: 128))
        assertClose(flat, network.encode(.full([1, 3, 128, 128], 0.3)))
    }
}
