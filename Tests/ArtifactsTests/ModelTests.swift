import Artifacts
import Backbones
import Foundation
import Generative
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Imported models")
struct ModelTests {
    private static let vectors = fixtures().appending(path: "vectors")

    private static var scheduler: [String: Any] {
        [
            "_class_name": "DDIMScheduler", "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear",
            "clip_sample": true, "num_train_timesteps": 1000, "prediction_type": "epsilon",
            "timestep_spacing": "trailing",
        ]
    }

    /// A pipeline of diffusers: a U-Net of random values, its scheduler, and an autoencoder if asked.
    private func pipeline<Result>(
        channels: Int, autoencoder: Bool = false, _ body: (URL) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            var configuration = UNet2D.Configuration()
            (configuration.channels, configuration.outputChannels, configuration.size) = (channels, channels, 8)
            (configuration.levels, configuration.blocks, configuration.groups) = ([8, 16], 1, 4)
            (configuration.down, configuration.up) = ([.down, .attendedDown], [.attendedUp, .up])
            let store = ParameterStore(seed: Seed(2))
            _ = UNet2D(configuration, in: store.root)
            let unet = folder.appending(path: "unet")
            try FileManager.default.createDirectory(at: unet, withIntermediateDirectories: true)
            let data = try JSONEncoder().encode(configuration)
            var json = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            json["_class_name"] = "UNet2DModel"
            try JSONSerialization.data(withJSONObject: json).write(to: unet.appending(path: "config.json"))
            try SafetensorsFile.write(store.state, to: unet.appending(path: "diffusion_pytorch_model.safetensors"))
            let place = folder.appending(path: "scheduler")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try JSONSerialization.data(withJSONObject: Self.scheduler).write(
                to: place.appending(path: "scheduler_config.json"))
            if autoencoder {
                try FileManager.default.copyItem(
                    at: Self.vectors.appending(path: "vae/three_level"), to: folder.appending(path: "vae"))
            }
            return try body(folder)
        }
    }

    @Test("a pipeline is imported, draws the same images whatever their number, and goes back to diffusers")
    func roundTrip() throws {
        try pipeline(channels: 3) { folder in
            let model = try ImportedModel(folder)
            let place = folder.appending(path: "model")
            try ModelFolder.write(model, to: place)
            let read = try ModelFolder(place).model
            var options = ModelSampler.Options()
            options.steps = 3
            let sampler = try ModelSampler(read, options)
            #expect(sampler.description == "DDIM, 3 steps")
            #expect(sampler.sampleShape == [3, 8, 8] && !sampler.isLatent)
            let many = try sampler.samples(of: [0, 0, 0, 0, 0], seed: Seed(1))
            #expect(many.evaluations == [3, 3, 3, 3, 3])
            assertEqual(try sampler.samples(of: [0], seed: Seed(1)).values, many.values.slice(0, 0, 1))
            assertEqual(try sampler.samples(of: [0], seed: Seed(1), first: 4).values, many.values.slice(0, 4, 5))
            #expect(many.values.abs().amax().item() <= 1)
            let back = folder.appending(path: "back")
            try ModelExport.diffusers.write(read, to: back)
            let again = try ImportedModel(back)
            #expect(again.network.configuration["_class_name"] == .string("UNet2DModel"))
            #expect(again.scheduler == model.scheduler)
            for (name, tensor) in model.network.tensors {
                assertEqual(try #require(again.network.tensors[name]).read(), try tensor.read())
            }
        }
    }

    @Test("latents are decoded by the autoencoder beside the network")
    func latents() throws {
        try pipeline(channels: 4, autoencoder: true) { folder in
            let place = folder.appending(path: "model")
            try ModelFolder.write(ImportedModel(folder), to: place)
            var options = ModelSampler.Options()
            options.steps = 2
            let model = try ModelFolder(place).model
            let sampler = try ModelSampler(model, options)
            #expect(sampler.sampleShape == [3, 32, 32] && !sampler.isLatent)
            let images = try sampler.samples(of: [0], seed: Seed(1)).values
            let bare = try ModelSampler(ImportedModel(model.network, scheduler: model.scheduler), options)
            let latents = try bare.samples(of: [0], seed: Seed(1)).values
            let network = try DiffusersFolder(folder.appending(path: "vae")).load(AutoencoderKL.self).network
            assertClose(images, network.decode(latents).clamp(-1...1), absolute: 1e-5)
        }
    }

    @Test(
        "schedulers that are not served are named",
        arguments: [
            ("_class_name", "PNDMScheduler", "PNDMScheduler"), ("beta_schedule", "sigmoid", "'sigmoid'"),
            ("prediction_type", "flow", "'flow'"), ("timestep_spacing", "odd", "'odd'"),
        ])
    func schedulers(key: String, value: String, expected: String) throws {
        var json = Self.scheduler
        json[key] = value
        let data = try JSONSerialization.data(withJSONObject: json)
        let configuration = try JSONDecoder().decode(JSONValue.self, from: data)
        let error = #expect(throws: ArtifactError.self) { _ = try DiffusersScheduler(configuration) }
        #expect(try #require(error).description.contains(expected))
    }

    /// The transformer of a state dict of the original code, computed by its own formulas.
    @Test("a state dict with the names of the original DiT gives its numbers")
    func original() throws {
        let source = RandomSource(Seed(5))
        func random(_ shape: Int...) -> Tensor { Tensor.randn(shape, using: source) * 0.2 }
        let width = 64
        var tensors: [String: Tensor] = [
            "x_embedder.proj.weight": random(width, 4, 2, 2), "x_embedder.proj.bias": random(width),
            "t_embedder.mlp.0.weight": random(width, 256), "t_embedder.mlp.0.bias": random(width),
            "t_embedder.mlp.2.weight": random(width, width), "t_embedder.mlp.2.bias": random(width),
            "y_embedder.embedding_table.weight": random(4, width),
            "pos_embed": Initializer.gridPositions([1, 4, width], seed: Seed(0)).to(.float32),
            "final_layer.adaLN_modulation.1.weight": random(2 * width, width),
            "final_layer.adaLN_modulation.1.bias": random(2 * width),
            "final_layer.linear.weight": random(32, width), "final_layer.linear.bias": random(32),
        ]
        for (name, shape) in [
            ("adaLN_modulation.1", [6 * width, width]), ("attn.qkv", [3 * width, width]),
            ("attn.proj", [width, width]),
            ("mlp.fc1", [4 * width, width]), ("mlp.fc2", [width, 4 * width]),
        ] {
            tensors["blocks.0.\(name).weight"] = Tensor.randn(shape, using: source) * 0.2
            tensors["blocks.0.\(name).bias"] = random(shape[0])
        }
        let (x, labels) = (random(2, 4, 4, 4), Tensor([1, 3]))
        let model = try withTemporaryFolder { folder in
            let file = folder.appending(path: "DiT.safetensors")
            try SafetensorsFile.write(tensors.map { ($0.key, $0.value) }, to: file)
            var wrong = tensors
            wrong["blocks.0.surplus.weight"] = .zeros([1])
            let other = folder.appending(path: "other.safetensors")
            try SafetensorsFile.write(wrong.map { ($0.key, $0.value) }, to: other)
            #expect(throws: TorchError.self) { _ = try ImportedModel(other) }
            return try ImportedModel(file).network.load().network
        }
        guard case .transformer(let network) = model else {
            Issue.record("\(model)")
            return
        }
        #expect(network.configuration.outputChannels == 8 && network.configuration.classes == 3)
        // Small numbers of steps: sinusoids are float32 there, and float64 here.
        let steps = Tensor([0.0, 9])
        let expected = original(tensors, x, steps, labels)
        assertClose(network(x, step: steps, labels: labels), expected, relative: 1e-4, absolute: 1e-4)
    }

    /// The formulas of DiT's paper, in float64: one block of one head of 64.
    private func original(_ tensors: [String: Tensor], _ x: Tensor, _ step: Tensor, _ labels: Tensor) -> Tensor {
        let t = tensors.mapValues { $0.to(.float64) }
        func linear(_ name: String, _ x: Tensor) -> Tensor {
            guard let weight = t["\(name).weight"], let bias = t["\(name).bias"] else { fatalError(name) }
            return x.linear(weight, bias)
        }
        func norm(_ x: Tensor) -> Tensor { x.layerNorm([64], epsilon: 1e-6) }
        let frequencies = Tensor((0..<128).map { pow(10_000, -Double($0) / 128) })
        let angles = step.to(.float64).unsqueeze(1) * frequencies.unsqueeze(0)
        let waves = Tensor.cat([angles.cos(), angles.sin()], 1)
        guard let table = t["y_embedder.embedding_table.weight"], let positions = t["pos_embed"],
            let kernel = t["x_embedder.proj.weight"]
        else { fatalError("names") }
        let c = (linear("t_embedder.mlp.2", linear("t_embedder.mlp.0", waves).silu()) + table.embedding(labels)).silu()
        var h =
            x.to(.float64).conv2d(kernel, t["x_embedder.proj.bias"], Convolution(stride: 2)).flatten(2).mT + positions
        let m = linear("blocks.0.adaLN_modulation.1", c).unsqueeze(1).chunk(6, 2)
        let qkv = linear("blocks.0.attn.qkv", norm(h) * (m[1] + 1) + m[0]).chunk(3, 2)
        let weights = (qkv[0].matmul(qkv[1].mT) / 8).softmax(-1)
        h = h + m[2] * linear("blocks.0.attn.proj", weights.matmul(qkv[2]))
        let inner = linear("blocks.0.mlp.fc1", norm(h) * (m[4] + 1) + m[3]).gelu(tanhApproximation: true)
        h = h + m[5] * linear("blocks.0.mlp.fc2", inner)
        let ends = linear("final_layer.adaLN_modulation.1", c).unsqueeze(1).chunk(2, 2)
        let tokens = linear("final_layer.linear", norm(h) * (ends[1] + 1) + ends[0])
        return tokens.reshape(2, 2, 2, 2, 2, 8).permute(0, 5, 1, 3, 2, 4).reshape(2, 8, 4, 4).to(.float32)
    }

    @Test("an offset and an end at the table shift the steps of DDIM as diffusers does")
    func offset() throws {
        var json = Self.scheduler
        (json["steps_offset"], json["set_alpha_to_one"], json["timestep_spacing"]) = (1, false, "leading")
        let data = try JSONSerialization.data(withJSONObject: json)
        let scheduler = try DiffusersScheduler(JSONDecoder().decode(JSONValue.self, from: data))
        let steps = try scheduler.plan(steps: 10).grid.steps
        // Indices 901, 801, ..., 1; the last step ends at the first entry of the table.
        #expect(steps.map(\.from.time) == stride(from: 901.0, through: 1, by: -100).map { $0 })
        #expect(steps[0].to == NoiseTable.linear().level(801))
        #expect(steps[9].to == NoiseTable.linear().level(0))
    }

    @Test("what an import cannot use is said by name")
    func refusals() throws {
        try withTemporaryFolder { folder in
            func message(_ body: () throws -> Void) -> String {
                do {
                    try body()
                    return ""
                } catch { return "\(error)" }
            }
            #expect(message { _ = try ImportedModel(folder) }.contains("neither model.json"))
            #expect(message { _ = try ImportedModel(folder.appending(path: "none")) }.contains("does not exist"))
            #expect(message { _ = try ModelFolder(folder) }.contains("pushforward import"))
            let weights = Self.vectors.appending(
                path: "networks/unet_class/diffusion_pytorch_model.safetensors")
            #expect(message { _ = try ImportedModel(weights) }.contains("--config"))
            let configuration = Self.vectors.appending(path: "networks/unet_class/config.json")
            let model = try ImportedModel(weights, configuration: configuration)
            #expect(message { _ = try ModelSampler(model) }.contains("has no scheduler"))
            try Data(#"{"format": "pushforward.model", "version": 9, "network": "DiT", "configuration": {}}"#.utf8)
                .write(
                    to: folder.appending(path: "model.json"))
            #expect(message { _ = try ModelFolder(folder) }.contains("version 9"))
        }
    }
}
