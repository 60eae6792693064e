internal import Generative
internal import Torch
internal import Transport

/// Facts of a mixture on every path: coefficients, densities, scores, velocities, likelihoods.
enum PathsCheck {
    static let paths: [String: any AffinePath] = [
        "linear": LinearPath(), "trigonometric": TrigonometricPath(), "vp_linear": VariancePreservingPath(),
        "vp_cosine": CosinePath(), "sub_vp": SubVariancePreservingPath(), "ve": VarianceExplodingPath(),
        "edm": KarrasPath(),
    ]

    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let mixture = try GaussianMixture(in: file)
        let mixtureName =
            file.name.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? file.name
        for name in file.groups where file.tensors["\(name)/alpha"] != nil {
            guard let path = paths[name] else {
                recorder.skip("\(mixtureName)/\(name)", because: "this version knows no such path")
                continue
            }
            recorder.check("\(mixtureName)/\(name)") { try compare(path, mixture, file, name, $0) }
            if file.tensors["\(name)/ode_x0"] != nil {
                recorder.check("\(mixtureName)/\(name)/likelihood") {
                    try compareLikelihood(path, mixture, file, name, $0)
                }
            }
        }
    }

    private static func compare(
        _ path: any AffinePath, _ mixture: GaussianMixture, _ file: VectorFile, _ name: String,
        _ comparisons: CaseComparisons
    ) throws {
        let times = try file["t"]
        let at = path.coefficients(at: times)
        try comparisons.compare("alpha", at.alpha, file["\(name)/alpha"], .forward(1e-9))
        try comparisons.compare("sigma", at.sigma, file["\(name)/sigma"], .forward(1e-9))
        try comparisons.compare("alpha'", at.alphaRate, file["\(name)/dalpha"], .forward(1e-9))
        try comparisons.compare("sigma sigma'", at.halfVarianceRate, file["\(name)/sigma_dsigma"], .forward(1e-9))
        let (x, score) = (try file["\(name)/x"], try file["\(name)/score"])
        for row in 0..<times.count {
            let (alpha, sigma) = (at.alpha.slice(0, row, row + 1), at.sigma.slice(0, row, row + 1))
            let count = x.shape[1]
            let known = mixture.posterior(at: x[row], alpha: alpha.expand([count]), sigma: sigma.expand([count]))
            try comparisons.compare("log density", known.logDensity, file["\(name)/logp"][row], .forward(1e-9))
            try comparisons.compare("score", known.score, score[row], .forward(1e-9))
            try comparisons.compare("E[y | x]", known.data, file["\(name)/posterior_mean"][row], .forward(1e-9))
            try comparisons.compare(
                "responsibilities", known.responsibilities, file["\(name)/responsibilities"][row], .forward(1e-9))
            let velocity = MixtureField(mixture, path).velocity(at: x[row], time: times[row].item(), given: ())
            try comparisons.compare("velocity", velocity, file["\(name)/velocity"][row], .forward(1e-9))
        }
    }

    private static func compareLikelihood(
        _ path: any AffinePath, _ mixture: GaussianMixture, _ file: VectorFile, _ name: String,
        _ comparisons: CaseComparisons
    ) throws {
        let points = try file["likelihood_points"]
        let end = path.coefficients(at: points.full(0))
        let first = mixture.diffused(alpha: end.alpha[0].item(), sigma: end.sigma[0].item())
        var control = StepSizeControl(absoluteTolerance: 1e-9, relativeTolerance: 1e-9)
        control.shortestStep = 1e-10
        control.maximumSteps = 20_000
        let likelihood = Likelihood(solver: .adaptive(control))
        let result = likelihood.logDensity(
            of: points, under: MixtureField(mixture, path), prior: .init { first.logDensity(of: $0) },
            using: RandomSource(Seed(0)))
        try comparisons.compare("noise", result.noise, file["\(name)/ode_x0"], .ofMaximum(1e-6))
        try comparisons.compare(
            "integral of the divergence", result.divergenceIntegral, file["\(name)/ode_div_integral"], .forward(1e-6))
        try comparisons.compare(
            "log density", result.logDensity, file["\(name)/ode_logp_exact_prior"], .forward(1e-6))
        let normal = Likelihood.Prior.normal(deviation: end.sigma[0].item())
        try comparisons.compare(
            "log density with a normal prior", normal.logDensity(result.noise) - result.divergenceIntegral,
            file["\(name)/ode_logp_gaussian_prior"], .forward(1e-6))
    }
}

/// The velocity of a mixture along a path whose type is not known.
private struct MixtureField: VectorField {
    let field: (Tensor, Tensor) -> Tensor

    init(_ mixture: GaussianMixture, _ path: any AffinePath) {
        func opened(_ path: some AffinePath) -> (Tensor, Tensor) -> Tensor {
            let field = MixtureVelocity(of: mixture, along: path)
            return { field.velocity(at: $0, time: $1, given: ()) }
        }
        field = opened(path)
    }

    func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor { field(x, time) }
}

extension GaussianMixture {
    /// The mixture of a file with `weights`, `means` and `covariances`.
    init(in file: VectorFile) throws {
        var sizes = Sizes()
        let weights = try file.tensor("weights", "K", &sizes)
        let means = try file.tensor("means", "K D", &sizes)
        self.init(weights: weights, means: means, covariances: try file.tensor("covariances", "K D D", &sizes))
    }

    /// log ρ [B].
    func logDensity(of x: Tensor) -> Tensor {
        posterior(at: x, alpha: x.full(1), sigma: x.full(0)).logDensity
    }
}

extension Tensor {
    /// One number for each row.
    fileprivate func full(_ number: Double) -> Tensor { .full([shape[0]], number, dtype: dtype, device: device) }
}
