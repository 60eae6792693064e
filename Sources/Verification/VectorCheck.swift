internal import Torch

/// Computation of the cases of the files of one family.
struct VectorCheck: Sendable {
    typealias Run = @Sendable (VectorFile, VectorFolder, CaseRecorder) throws -> Void

    /// True if a file of the manifest, such as `mae/loss.safetensors`, holds such cases.
    let covers: @Sendable (String) -> Bool
    /// Computes them.
    let run: Run
    /// True if a file without a case is a mistake; one of parameters has none.
    var hasCases = true

    init(_ names: String..., run: @escaping Run) {
        covers = { file in names.contains { file == $0 + ".safetensors" || file == $0 + ".safetensors.gz" } }
        self.run = run
    }

    /// Files below a folder whose names end so.
    private init(in folder: String, ending: String, run: @escaping Run) {
        covers = { $0.hasPrefix(folder + "/") && $0.hasSuffix(ending) }
        self.run = run
    }

    private init(suffix: String, run: @escaping Run) {
        covers = { $0.contains(suffix) }
        self.run = run
    }

    private var withoutCases: VectorCheck {
        var check = self
        check.hasCases = false
        return check
    }

    /// Every check there is.
    static let all: [VectorCheck] = [
        VectorCheck("drift_loss", run: DriftLossCheck.run),
        VectorCheck("cdist", run: DistanceCheck.run),
        VectorCheck("cfg_sampling", run: GuidanceCheck.runLaw),
        VectorCheck("cfg_weights", run: GuidanceCheck.runWeights),
        VectorCheck("memory_bank", run: MemoryBankCheck.run),
        VectorCheck("rope", run: PositionsCheck.runRotations),
        VectorCheck("pos_embed", run: PositionsCheck.runEmbedding),
        VectorCheck("generator/io", run: GeneratorCheck.runWhole),
        VectorCheck("generator_flags_off/all", run: GeneratorCheck.runWithoutOptions),
        VectorCheck("mae/activations", run: AutoencoderCheck.runActivations),
        VectorCheck("mae/loss", run: AutoencoderCheck.runLosses),
        VectorCheck("mae_pixel_encoder/all", run: AutoencoderCheck.runPixelEncoder),
        VectorCheck("convnext/all", run: ConvNeXtCheck.run),
        VectorCheck("train_step/raw", "train_step/mae", run: TrainingStepCheck.run),
        VectorCheck("metrics", run: MetricsCheck.run),
        VectorCheck("resize", run: ResizeCheck.run),
        VectorCheck("rng", run: RandomNumbersCheck.run),
        VectorCheck("transport/mixture_full", "transport/mixture_isotropic", run: PathsCheck.run),
        VectorCheck("transport/optimal_transport", run: OptimalTransportCheck.run),
        VectorCheck("transport/gaussian_bridge", run: GaussianBridgeCheck.run),
        VectorCheck("metrics/features", run: FeatureMetricsCheck.run),
        VectorCheck("samplers/schedulers", run: SchedulersCheck.run),
        VectorCheck("distance_marching/d8", "distance_marching/d64", run: MarchingCheck.run),
        VectorCheck(in: "vae", ending: "_io.safetensors", run: DiffusersCheck.runAutoencoder),
        VectorCheck(in: "vae", ending: "sd_vae_parameters.json", run: DiffusersCheck.runParameters),
        VectorCheck(in: "networks", ending: "_io.safetensors", run: DiffusersCheck.runDenoiser),
        // Folders of weights, which the files beside them are computed with.
        VectorCheck(in: "vae", ending: "/config.json") { _, _, _ in }.withoutCases,
        VectorCheck(in: "networks", ending: "/config.json") { _, _, _ in }.withoutCases,
        VectorCheck(in: "vae", ending: "/diffusion_pytorch_model.safetensors") { _, _, _ in }.withoutCases,
        VectorCheck(in: "networks", ending: "/diffusion_pytorch_model.safetensors") { _, _, _ in }.withoutCases,
        // Parameters that other files use: opening them was the check.
        VectorCheck("generator/params", "mae/params", "train_step/encoder_params") { _, _, _ in }.withoutCases,
        VectorCheck(suffix: "/params_ema/ema_params.msgpack", run: FlaxCheck.run),
        VectorCheck(suffix: "/params_ema/metadata.json") { _, _, _ in }.withoutCases,
    ]
}

extension VectorFile {
    /// The tensor [N, H, W, C] as [N, C, H, W].
    func image(_ name: String, _ layout: String, _ sizes: inout Sizes) throws -> Tensor {
        try tensor(name, layout, &sizes).permute(0, 3, 1, 2)
    }
}
