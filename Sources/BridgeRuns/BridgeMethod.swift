public import Backbones
internal import Bridges
public import RunData
public import Runs
public import Settings

/// A Schrödinger bridge between two data sets, `source_data` at t = 0 and `data` at t = 1: DSBM or [SF]²M.
public struct BridgeMethod: Method, Hashable {
    /// The value of `method.name`.
    public static let name = "bridge"

    /// The way to the bridge.
    public var algorithm = Algorithm.dsbm
    /// Standard deviation of the Brownian reference per root of time, in the units that networks see.
    public var sigma = 0.5
    /// Pairs per step.
    public var batch = 256
    /// Of DSBM: pairs of stages, backward and forward.
    public var iterations = 2
    /// Of DSBM: steps of the equation that makes pairs for the next stage.
    public var simulationSteps = 20
    /// Of DSBM: pairs that are made at once.
    public var pool = 2048
    /// Of DSBM: steps that a pool serves.
    public var refresh = 200
    /// Steps of each stage but the last.
    public var stageSteps = 1000
    /// Minutes of each stage but the last, if its steps are not done before; none if nil.
    public var stageMinutes: Double?

    /// A way to the bridge.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// Iterated Markovian fitting (arXiv 2303.16852).
        case dsbm
        /// Entropic pairs of each batch, velocity and score ([SF]²M, arXiv 2307.03672).
        case sf2m
    }

    /// Two iterations of DSBM.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("algorithm", &algorithm, about: "dsbm, iterated Markovian fitting, or sf2m, entropic pairs in each batch.")
        key(
            "sigma", &sigma, .in(1e-3...1e3),
            about: "Standard deviation of the Brownian reference per root of time, in units of the data.")
        key("batch", &batch, .in(1...65_536), about: "Pairs per step.")
        if algorithm == .dsbm {
            key("iterations", &iterations, .in(1...100), about: "Stages of each direction, backward first.")
            key(
                "simulation_steps", &simulationSteps, .in(1...10_000),
                about: "Steps of the equation that makes pairs for the next stage.")
            key("pool", &pool, .in(1...1_000_000), about: "Pairs that are made at once.")
            key("refresh", &refresh, .in(1...1_000_000), about: "Steps that a pool of pairs serves.")
            key.require(pool >= batch, "pool", "is smaller than a batch (\(batch)): write at least that")
        }
        key("stage_steps", &stageSteps, .in(1...100_000_000), about: "Steps of each stage but the last.")
        key(
            "stage_minutes", &stageMinutes, .positive, .in(...1e6),
            about: "Minutes of each stage but the last, if its steps are not done before; null: by steps.")
    }

    /// Position and time in, a drift, velocity or score out.
    public func interface(for data: DataLayout) -> NetworkInterface {
        NetworkInterface(shape: data.networkShape, time: .unit)
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        guard let sourceData = run.sourceData else {
            key.require(
                false, "source_data",
                "is the other end of a bridge, t = 0: name data of the same shape, such as {name: toy, distribution: ...}"
            )
            return
        }
        guard let data, let other = try? DataLayout(sourceData) else { return }
        key.require(
            data.shape == other.shape && data.kind == other.kind, "source_data",
            "has examples of shape \(other.shape), but those of data have \(data.shape): a bridge joins equal shapes")
    }

    /// All stages.
    public func plan(_ context: RunContext) throws -> any RunPlan { try BridgePlan(self, context) }
}

extension BridgeMethod {
    /// A stage: its name, the quantity that its network predicts, and the direction of its time.
    struct StagePlan: Hashable {
        var name: String
        var target: BrownianBridge.Target
        var direction: BridgeDirection
    }

    /// The stages in order; the last two draw samples.
    var stagePlans: [StagePlan] {
        switch algorithm {
        case .dsbm:
            (1...iterations).flatMap { number in
                [BridgeDirection.backward, .forward].map {
                    StagePlan(name: "\($0.rawValue)-\(number)", target: .drift, direction: $0)
                }
            }
        case .sf2m:
            [
                StagePlan(name: "score", target: .score, direction: .forward),
                StagePlan(name: "flow", target: .velocity, direction: .forward),
            ]
        }
    }

    /// Both directions, or score and velocity.
    public var sampledStages: [String] { stagePlans.suffix(2).map(\.name) }

    /// The reference.
    var reference: BrownianBridge { BrownianBridge(sigma: sigma) }

    /// At most as many steps in each stage.
    public mutating func limit(toSteps steps: Int) { stageSteps = min(stageSteps, steps) }

    /// Equal parts of the time.
    public mutating func limit(toMinutes minutes: Double) { stageMinutes = minutes / Double(stagePlans.count) }
}
