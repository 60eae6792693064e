internal import Runs
internal import Settings

/// Kinds of section `sampling` that methods share.
enum TransportSamplings {
    /// Steps from level to level.
    static var levels: [SettingsKind<any SamplingSettings>] {
        [
            SettingsKind("ddim", DDIMSampling()) { $0 }, SettingsKind("ancestral", DDPMSampling()) { $0 },
            SettingsKind("heun", HeunSampling()) { $0 }, SettingsKind("dpm_solver", DPMSolverSampling()) { $0 },
            SettingsKind("unipc", UniPCSampling()) { $0 },
            SettingsKind("predictor_corrector", PredictorCorrectorSampling()) { $0 },
        ]
    }

    /// All, with one of them first.
    static func all(first name: String) -> [SettingsKind<any SamplingSettings>] {
        let kinds: [SettingsKind<any SamplingSettings>] =
            levels + [
                SettingsKind("ode", FixedStepSampling()) { $0 },
                SettingsKind("adaptive", AdaptiveStepSampling()) { $0 }, SettingsKind("sde", SDESampling()) { $0 },
            ]
        return kinds.filter { $0.name == name } + kinds.filter { $0.name != name }
    }
}
