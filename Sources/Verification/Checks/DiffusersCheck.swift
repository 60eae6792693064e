internal import Artifacts
internal import Backbones
internal import Foundation
internal import Torch
internal import TorchNN

/// Networks in diffusers' layout, loaded from folders of weights, beside what diffusers computes.
enum DiffusersCheck {
    // MARK: Autoencoder

    /// `vae/NAME_io` with the weights in `vae/NAME`, and in `vae/NAME_old_names` where they are.
    static func runAutoencoder(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let name = try family(of: file)
        for suffix in ["", "_old_names"] where suffix.isEmpty || vectors.holds("\(name)\(suffix)/config.json") {
            let networks = try trials(AutoencoderKL.self, vectors.folder(name + suffix))
            recorder.check(last(of: name + suffix), in: [.float32, .float64]) { trial, comparisons in
                try compareAutoencoder(file, try networks.network(trial), trial, comparisons)
            }
        }
    }

    private static func compareAutoencoder(
        _ file: VectorFile, _ network: AutoencoderKL, _ trial: Trial, _ comparisons: CaseComparisons
    ) throws {
        var sizes = Sizes()
        let image = trial.input(try file.tensor("image", "B 3 H W", &sizes), "image")
        let posterior = withoutGradients { network.posterior(of: image) }
        try comparisons.compare("mean", posterior.mean, file["posterior_mean_f64"], .forward())
        try comparisons.compare("log-variance", posterior.logVariance, file["posterior_logvar_f64"], .forward())
        let epsilon = try file["epsilon"]
        guard epsilon.shape == posterior.mean.shape else {
            throw VerificationError("\(file.name): 'epsilon' does not have the shape of the latents.")
        }
        let latent = network.scaled(posterior.sample(epsilon.to(trial.dtype)))
        try comparisons.compare("latent", latent, file["latent_f64"], .forward())
        let start = trial.input(try file["latent_f64"], "latent")
        let decoded = withoutGradients { network.decode(start) }
        try comparisons.compare("decoded", decoded, file["decoded_f64"], .forward())
    }

    /// Names and shapes of the real SD-VAE beside those of ours, of which no memory is taken.
    static func runParameters(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let listed = try vectors.json(file.name)["parameters"]?.object ?? [:]
        recorder.check("parameters") { comparisons in
            let store = ParameterStore.blueprint()
            _ = AutoencoderKL(.stableDiffusion, in: store.root)
            let ours = Dictionary(uniqueKeysWithValues: store.state.map { ($0.name, $0.tensor.shape) })
            let theirs = listed.mapValues { $0.array.compactMap(\.int) }
            let odd = Set(ours.keys).union(theirs.keys).filter { ours[$0] != theirs[$0] }.sorted()
            if let first = odd.first {
                throw VerificationError(
                    "\(file.name): \(odd.count) parameters differ, such as '\(first)': \(theirs[first] ?? []) there.")
            }
            let count = theirs.values.reduce(0) { $0 + $1.reduce(1, *) }
            try comparisons.compare("numbers", Double(store.count), Double(count), .exact)
        }
    }

    // MARK: Denoisers

    /// `networks/NAME_io` with the weights in `networks/NAME`.
    static func runDenoiser(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let name = try family(of: file)
        let folder = vectors.folder(name)
        switch try DiffusersFolder(folder).className {
        case let kind where UNet2D.classNames.contains(kind):
            try run(UNet2D.self, folder, file, recorder, last(of: name)) { $0($1, step: $2, labels: $3) }
        case let kind where DiTTransformer2D.classNames.contains(kind):
            try run(DiTTransformer2D.self, folder, file, recorder, last(of: name)) {
                $0($1, step: $2, labels: $3 ?? $2.zerosLike())
            }
        case let kind: throw Unknown(reason: "this version knows no \(kind)")
        }
    }

    private static func run<Network: DiffusersNetwork>(
        _ type: Network.Type, _ folder: URL, _ file: VectorFile, _ recorder: CaseRecorder, _ name: String,
        _ predict: @escaping (Network, Tensor, Tensor, Tensor?) -> Tensor
    ) throws {
        let networks = try trials(type, folder)
        recorder.check(name, in: [.float32, .float64]) { trial, comparisons in
            var sizes = Sizes()
            let x = trial.input(try file.tensor("x", "B C H W", &sizes), "x")
            let step = try file.tensor("timestep", "B", &sizes)
            let labels = file.tensors["labels"]
            let output = withoutGradients { [network = try networks.network(trial)] in
                predict(network, x, step, labels)
            }
            try comparisons.compare("output", output, file["output_f64"], .forward())
        }
    }

    // MARK: Parts

    private static func trials<Network: DiffusersNetwork>(
        _ type: Network.Type, _ folder: URL
    ) throws -> TrialNetworks<Network> {
        let source = try DiffusersFolder(folder)
        return TrialNetworks { dtype in
            let loaded = try source.load(type, dtype: dtype)
            return (loaded.store, loaded.network)
        }
    }

    /// `vae/tiny` of `vae/tiny_io.safetensors`.
    private static func family(of file: VectorFile) throws -> String {
        guard let end = file.name.range(of: "_io.safetensors") else {
            throw VerificationError("\(file.name): the name does not end in _io.safetensors.")
        }
        return String(file.name[..<end.lowerBound])
    }

    private static func last(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
