public import Runs
public import Settings
public import Transport

extension FlowMethod: TransportMethod {
    /// Steps of the flow, fixed or adaptive, and the samplers of diffusion models along the same path.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        let own: [SettingsKind<any SamplingSettings>] = [
            SettingsKind("ode", FixedStepSampling()) { $0 }, SettingsKind("adaptive", AdaptiveStepSampling()) { $0 },
        ]
        return own + TransportSamplings.levels + [SettingsKind("sde", SDESampling()) { $0 }]
    }

    /// The path, and the velocity or what else is learned.
    public var process: TransportProcess {
        alongPath { TransportProcess(along: $0, predicting: prediction, givesScore: coupling == .independent) }
    }

    /// None.
    public var lossWeighting: Weighting { .uniform }

    /// Flow matching.
    public var noun: String { "flow matching" }
}
