internal import Backbones
internal import Foundation
internal import Torch
internal import TorchNN

/// State dicts of the code that DiT was published with (Peebles and Xie, arXiv 2212.09748), and of those that keep its names.
///
/// | There | ``/Backbones/DiTTransformer2D`` |
/// |---|---|
/// | `x_embedder.proj` | `pos_embed.proj` |
/// | `t_embedder.mlp.{0,2}` | `transformer_blocks.{i}.norm1.emb.timestep_embedder.linear_{1,2}` of each block |
/// | `y_embedder.embedding_table` | `transformer_blocks.{i}.norm1.emb.class_embedder.embedding_table` of each block |
/// | `blocks.{i}.adaLN_modulation.1` | `transformer_blocks.{i}.norm1.linear` |
/// | `blocks.{i}.attn.qkv` | `transformer_blocks.{i}.attn1.{to_q,to_k,to_v}`, a third of the rows each |
/// | `blocks.{i}.attn.proj` | `transformer_blocks.{i}.attn1.to_out.0` |
/// | `blocks.{i}.mlp.{fc1,fc2}` | `transformer_blocks.{i}.ff.net.{0.proj,2}` |
/// | `final_layer.adaLN_modulation.1`, `final_layer.linear` | `proj_out_1`, `proj_out_2` |
///
/// Sizes follow from shapes. Two numbers differ from those of diffusers' own conversion, and are those of the original: norms add 1e-6, and
/// frequencies of steps span the whole range. The table of positions must be the known one, which is computed here.
enum OriginalTransformer {
    /// True of tensors with these names.
    static func matches(_ tensors: [String: StoredTensor]) -> Bool {
        ["x_embedder.proj.weight", "blocks.0.attn.qkv.weight", "y_embedder.embedding_table.weight", "pos_embed"]
            .allSatisfy { tensors[$0] != nil }
    }

    /// The network of a state dict.
    ///
    /// - Throws: ``ArtifactError`` for shapes or positions of another network; names that are left are listed by ``StoredNetwork``.
    static func network(_ tensors: [String: StoredTensor], from path: String) throws -> StoredNetwork {
        let sizes = try configuration(tensors, path)
        try requireKnownPositions(tensors, sizes, path)
        var result: [String: StoredTensor] = [:]
        for (name, tensor) in tensors where name != "pos_embed" {
            for (new, stored) in places(of: name, tensor, sizes) { result[new] = stored }
        }
        let json = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(sizes))
        return try StoredNetwork(.transformer, json, result, from: path)
    }

    private static func configuration(
        _ tensors: [String: StoredTensor], _ path: String
    ) throws -> DiTTransformer2D.Configuration {
        let kernel = tensors["x_embedder.proj.weight"]?.shape ?? []
        let positions = tensors["pos_embed"]?.shape ?? []
        let rows = tensors["y_embedder.embedding_table.weight"]?.shape.first ?? 0
        let outputs = tensors["final_layer.linear.weight"]?.shape.first ?? 0
        guard kernel.count == 4, kernel[2] == kernel[3], kernel.allSatisfy({ (1...1 << 16).contains($0) }),
            positions.count == 3, positions[0] == 1, positions[2] == kernel[0], rows > 1, outputs > 0
        else { throw unknown(path, "shapes that are not those of a DiT") }
        let (width, patch) = (kernel[0], kernel[2])
        let side = Int(Double(positions[1]).squareRoot().rounded())
        guard side * side == positions[1], side < 1 << 12, outputs % (patch * patch) == 0 else {
            throw unknown(path, "maps that are not square")
        }
        var sizes = DiTTransformer2D.Configuration()
        // S, B, L and XL have 6, 12, 16 and 16 heads; others of 64 features.
        sizes.heads = width == 1152 ? 16 : max(1, width / 64)
        guard width % sizes.heads == 0 else { throw unknown(path, "tokens of \(width) features") }
        (sizes.headWidth, sizes.channels, sizes.patch) = (width / sizes.heads, kernel[1], patch)
        (sizes.size, sizes.classes) = (side * patch, rows - 1)
        sizes.outputChannels = outputs / (patch * patch)
        sizes.depth = (0..<(1 << 10)).prefix { tensors["blocks.\($0).attn.qkv.weight"] != nil }.count
        (sizes.epsilon, sizes.frequencyShift) = (1e-6, 0)
        return sizes
    }

    private static func requireKnownPositions(
        _ tensors: [String: StoredTensor], _ sizes: DiTTransformer2D.Configuration, _ path: String
    ) throws {
        guard let table = try tensors["pos_embed"]?.read().to(.float32), sizes.width % 4 == 0 else { return }
        let known = Initializer.gridPositions(table.shape, seed: Seed(0)).to(.float32)
        guard (table - known).abs().amax().item() < 1e-3 else {
            throw unknown(path, "positions that are not the sines and cosines of a grid")
        }
    }

    private static func unknown(_ path: String, _ what: String) -> ArtifactError {
        ArtifactError(
            path, "has the names of a DiT, and \(what)", remedy: "Convert it with diffusers, and import that folder.")
    }

    private static let others = [
        "x_embedder.proj": "pos_embed.proj", "final_layer.adaLN_modulation.1": "proj_out_1",
        "final_layer.linear": "proj_out_2",
    ]
    private static let shared = [
        "t_embedder.mlp.0": "timestep_embedder.linear_1", "t_embedder.mlp.2": "timestep_embedder.linear_2",
        "y_embedder.embedding_table": "class_embedder.embedding_table",
    ]
    private static let inBlocks = [
        "adaLN_modulation.1": "norm1.linear", "attn.proj": "attn1.to_out.0", "mlp.fc1": "ff.net.0.proj",
        "mlp.fc2": "ff.net.2",
    ]

    /// The places of a tensor here; its own name if it is unknown, which is then reported as left over.
    private static func places(
        of name: String, _ tensor: StoredTensor, _ sizes: DiTTransformer2D.Configuration
    ) -> [(String, StoredTensor)] {
        let parts = name.split(separator: ".").map(String.init)
        guard let leaf = parts.last, parts.count > 1 else { return [(name, tensor)] }
        let layer = parts.dropLast().joined(separator: ".")
        if let other = others[layer] { return [("\(other).\(leaf)", tensor)] }
        if let embedder = shared[layer] {
            return (0..<sizes.depth).map { ("transformer_blocks.\($0).norm1.emb.\(embedder).\(leaf)", tensor) }
        }
        guard parts[0] == "blocks", parts.count > 3 else { return [(name, tensor)] }
        let block = "transformer_blocks.\(parts[1])"
        let inner = parts[2..<(parts.count - 1)].joined(separator: ".")
        if let known = inBlocks[inner] { return [("\(block).\(known).\(leaf)", tensor)] }
        guard inner == "attn.qkv", tensor.shape.first == 3 * sizes.width else { return [(name, tensor)] }
        return ["to_q", "to_k", "to_v"].enumerated().map { index, projection in
            ("\(block).attn1.\(projection).\(leaf)", tensor.rows(index * sizes.width..<(index + 1) * sizes.width))
        }
    }
}
