public import Runs

extension FlowMethod {
    /// Chapters of paths and solvers, and the sources of their values.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [
                (
                    "Flow matching, with all that is optional",
                    """
                    network: {name: unet}
                    method: {name: flow, times: logit_normal, drop_labels: 0.1}
                    sampling: {guidance: {}}
                    """
                ),
                (
                    "Optimal pairs of noise and data",
                    "network: {name: unet}\nmethod: {name: flow, coupling: entropic, coupling_eps: 0.05}"
                ),
                ("Adaptive steps", "network: {name: unet}\nmethod: {name: flow}\nsampling: {name: adaptive}"),
            ],
            sources: [
                ("flow: `path`", "x_t = alpha(t) y + sigma(t) e, t in [0, 1]", "arXiv 2210.02747; 2303.08797"),
                ("flow: `coupling`", "permutation of the noise [B]", "arXiv 2302.00482; 2304.14772"),
                ("flow: `coupling_eps`", "squared difference of one number", "arXiv 2307.03672, section 3.2"),
                ("flow: `times`", "density of t [B]", "arXiv 2403.03206, section 3.1 (logit-normal)"),
                (
                    "flow: `drop_labels`, `sampling.guidance`", "probability; v_u + scale (v_c - v_u)",
                    "arXiv 2207.12598"
                ),
                ("flow: `sampling.guidance.interval`", "times [from, to]", "arXiv 2404.07724"),
                ("flow: `sampling.shift`", "t / (t + shift (1 - t))", "arXiv 2403.03206, equation 23"),
            ])
    }
}
