public import Runs

extension DistanceMethod {
    /// Chapters of marches, and the sources of their values.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [
                (
                    "Distance marching, with all that is optional",
                    """
                    network: {name: unet}
                    method: {name: distance, drop_labels: 0.1}
                    sampling: {early_stopping: {}, guidance: {}}
                    """
                ),
                (
                    "Gradient descent on the distance",
                    "network: {name: unet}\nmethod: {name: distance}\nsampling: {name: descent, momentum: 0.3}"
                ),
            ],
            sources: [
                ("distance: losses, samplers", "u, v at x = (1 - t) e + t y", "arXiv 2602.02928"),
                ("distance: `softening`, `epsilon`, `times`, `target`, `early_stopping`", "", "ours: not published"),
            ])
    }
}

extension UnconditionalFlowMethod {
    /// The chapter of the method.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [("Flow matching without time", "network: {name: unet}\nmethod: {name: uflow}")],
            sources: [("uflow", "velocity without time", "arXiv 2502.13129")])
    }
}

extension EquilibriumMethod {
    /// The chapter of the method.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [("Equilibrium matching", "network: {name: unet}\nmethod: {name: eqm}")],
            sources: [("eqm: `strength`, `fades_from`, `step`", "target (y - e) c(t)", "arXiv 2510.02300")])
    }
}

extension BlindDenoisingMethod {
    /// The chapter of the method.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [("EDM without noise level", "network: {name: unet}\nmethod: {name: uedm}")],
            sources: [("uedm", "sigma = (1 - t) / t", "arXiv 2206.00364; 2502.13129")])
    }
}
