public import Runs

extension BridgeMethod {
    /// Chapters of both algorithms, and the sources of their values.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [
                (
                    "A Schrödinger bridge by DSBM",
                    """
                    data: {name: toy, distribution: two_moons}
                    source_data: {name: toy, distribution: eight_gaussians}
                    network: {name: mlp}
                    method: {name: bridge}
                    """
                ),
                (
                    "A Schrödinger bridge by [SF]²M, sampled by its probability flow",
                    """
                    data: {name: toy, distribution: two_moons}
                    source_data: {name: toy, distribution: eight_gaussians}
                    network: {name: mlp}
                    method: {name: bridge, algorithm: sf2m}
                    sampling: {name: ode}
                    """
                ),
            ],
            sources: [
                ("bridge: `algorithm`", "dsbm; sf2m", "arXiv 2303.16852, algorithm 1; 2307.03672, algorithm 2"),
                ("bridge: `sigma`", "units of the data per root of time", "arXiv 2303.16852, equation 3"),
            ])
    }
}
