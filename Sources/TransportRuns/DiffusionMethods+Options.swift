public import Runs

extension DiffusionMethod {
    /// Chapters of schedules and samplers, and the sources of their values.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [
                (
                    "Diffusion, with all that is optional",
                    """
                    network: {name: unet}
                    method: {name: diffusion, predict: v, zero_terminal_snr: true, weighting: min_snr, drop_labels: 0.1}
                    sampling: {guidance: {}, temperature: {}}
                    """
                ),
                (
                    "Diffusion along a continuous path",
                    """
                    network: {name: unet}
                    method: {name: diffusion, schedule: vp, times: logit_normal}
                    sampling: {name: dpm_solver, spacing: karras}
                    """
                ),
                (
                    "Diffusion by the probability flow's stochastic equation",
                    "network: {name: unet}\nmethod: {name: diffusion, times: shifted}\nsampling: {name: sde}"
                ),
            ],
            sources: [
                (
                    "diffusion: `schedule`", "alpha-bar of a table; alpha(t), sigma(t)",
                    "arXiv 2006.11239; 2102.09672; 2011.13456"
                ),
                ("diffusion: `zero_terminal_snr`", "alpha-bar 0 at the last entry", "arXiv 2305.08891, algorithm 1"),
                ("diffusion: `weighting`", "factor of the squared error", "arXiv 2202.00512; 2303.09556; 2101.09258"),
                ("`sampling: ddim`, `ancestral`", "eta; variance of a step", "arXiv 2010.02502; 2006.11239"),
                ("`sampling: dpm_solver`, `unipc`", "order 1 to 3", "arXiv 2211.01095; 2302.04867"),
                ("`sampling: predictor_corrector`", "signal to noise r", "arXiv 2011.13456, algorithms 4 and 5"),
                ("`sampling: sde`", "g relative to the forward equation's", "arXiv 2011.13456, appendix D.1"),
                ("`sampling.temperature`", "width s, sharpness k", "arXiv 2510.01184"),
                ("`sampling.guidance.against`", "a weaker run", "arXiv 2406.02507"),
            ])
    }
}

extension EDMMethod {
    /// A chapter, and the sources of values.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [
                (
                    "EDM, with all that is optional",
                    """
                    network: {name: unet}
                    method: {name: edm, weighting: min_snr, drop_labels: 0.1}
                    sampling: {churn: 10, guidance: {}}
                    """
                )
            ],
            sources: [
                ("edm", "sigma; ln sigma is normal", "arXiv 2206.00364, table 1"),
                ("edm: `sampling.churn`", "S_churn", "arXiv 2206.00364, algorithm 2"),
            ])
    }
}

extension ScoreMethod {
    /// A chapter, and the sources of values.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [
                ("Score matching", "network: {name: unet}\nmethod: {name: score}"),
                ("Score matching by UniPC", "network: {name: unet}\nmethod: {name: score}\nsampling: {name: unipc}"),
            ],
            sources: [
                ("score: `sigma_min`, `sigma_max`", "noise in units of the data", "arXiv 2006.09011; 2011.13456"),
                ("score: `weighting`", "factor of the score's squared error", "arXiv 1907.05600; 2101.09258"),
            ])
    }
}
