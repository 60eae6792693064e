public import ArgumentParser
public import Artifacts
internal import Foundation
internal import Pushforward

/// Reads the weights of others.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read weights of others: diffusers, the authors' release, PyTorch.",
        discussion: """
            Writes a folder that pushforward sample --weights reads. SOURCE is a folder of diffusers (a pipeline, or one
            network), an artifact of the authors' release (ema_params.msgpack with metadata.json), or a file of tensors
            (.safetensors, .index.json, .pt, .pth, .ckpt, .bin) whose network --config describes, unless it has the names of
            the original DiT. Every tensor must have
            its place: what is missing, left over or of another shape is listed by name, and nothing is written. Nothing
            in a file is executed.

            Examples:
              pushforward import ddpm-cifar10-32 --out models/ddpm
              pushforward import latent_L_sota --vae sd-vae-ft-mse --out models/drift-L
              pushforward import checkpoint.pt --config unet/config.json --out models/unet
            """)

    @Argument(help: "A folder or file.")
    var source: String

    @Option(
        help: ArgumentHelp("config.json of diffusers that describes bare tensors. [default: none]", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "scheduler_config.json of diffusers, for weights without one. [default: the source's]", valueName: "file"))
    var scheduler: String?

    @Option(
        help: ArgumentHelp(
            "Autoencoder of a model of latents: a folder of diffusers. [default: the source's]", valueName: "folder"))
    var vae: String?

    @Option(help: ArgumentHelp("Folder to write.", valueName: "folder"))
    var out: String

    func validate() throws {
        let isThere = FileManager.default.fileExists(atPath: out)
        let isModel = FileManager.default.fileExists(atPath: URL(filePath: out).appending(path: "model.json").path)
        guard !isThere || isModel else {
            throw ValidationError("--out: '\(out)' is there and is no model that was imported. Name another.")
        }
    }

    func run() throws {
        var model = try ImportedModel(Place.input(source), configuration: config.map { Place.input($0) })
        if let vae {
            let other = try ImportedModel(Place.input(vae))
            guard other.network.kind == .autoencoder else {
                throw RequestError("--vae: '\(vae)' holds a \(other.network.kind.rawValue), not an AutoencoderKL.")
            }
            model.autoencoder = other.network
        }
        if let scheduler {
            model.scheduler = try DiffusersScheduler(contentsOf: Place.input(scheduler)).configuration
        }
        for note in model.notes { ProgressOutput.standardError.write("Note: \(note)\n") }
        try ModelFolder.write(model, to: Place.output(out), source: Place.input(source).lastPathComponent)
        let parts = [model.network] + (model.autoencoder.map { [$0] } ?? [])
        let words = parts.map { network in
            "\(network.kind.rawValue), \(network.tensors.count) tensors, \(Self.count(of: network)) numbers"
        }
        print("\(words.joined(separator: "; ")): \(out)")
    }

    private static func count(of network: StoredNetwork) -> Int {
        network.tensors.values.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
}

/// Writes weights for others.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write weights for others: diffusers, the authors' release, safetensors.",
        discussion: """
            SOURCE is a folder that pushforward import wrote, or whatever import reads.

            Examples:
              pushforward export models/ddpm --as diffusers --out ddpm-for-python
              pushforward export models/drift-L --as flax --out drift-for-jax
              pushforward export models/drift-L --as safetensors --out drift.safetensors
            """)

    @Argument(help: "A folder or file.")
    var source: String

    @Option(name: .customLong("as"), help: "Form to write.")
    var form: ModelExport

    @Option(help: ArgumentHelp("Folder, or file of safetensors, to write.", valueName: "path"))
    var out: String

    func validate() throws {
        guard !FileManager.default.fileExists(atPath: out) else {
            throw ValidationError("--out: '\(out)' is there already. Name another.")
        }
    }

    func run() throws {
        let model = try ImportedModel(Place.input(source))
        try form.write(model, to: Place.output(out))
        print("\(model.network.kind.rawValue) as \(form.rawValue): \(out)")
    }
}

extension ModelExport: ExpressibleByArgument {}
