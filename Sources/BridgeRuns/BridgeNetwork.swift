internal import Backbones
internal import Bridges
internal import Generative
internal import Torch

/// A network of position and time.
struct BridgeNetwork: PredictionModel, Sendable {
    let network: any ConditionalNetwork

    /// The prediction at positions x [B, ...] and times [B].
    func predict(_ x: Tensor, time: Tensor, given _: Void) -> Tensor {
        network(NetworkInput(values: x, time: time))[0]
    }
}

/// A learned bridge whatever it was learned by: an equation and a probability flow.
struct LearnedBridge {
    /// The equation and the flow in a direction.
    let field: BridgeField
    /// The other direction.
    let reversed: BridgeField

    /// - Parameter networks: Those of the method's sampled stages by name.
    init(_ method: BridgeMethod, _ networks: [String: any ConditionalNetwork]) {
        let pair = method.sampledStages.map { name in
            guard let network = networks[name] else { fatalError("'\(name)' is a sampled stage") }
            return BridgeNetwork(network: network)
        }
        switch method.algorithm {
        case .dsbm:
            let drifts = DriftPair(along: pair[1], against: pair[0], reference: method.reference)
            (field, reversed) = (.drifts(drifts), .drifts(drifts.reversed))
        case .sf2m:
            let joined = FlowAndScore(flow: pair[1], score: pair[0], reference: method.reference)
            (field, reversed) = (.flow(joined), .flow(joined.reversed))
        }
    }

    /// The bridge in a direction.
    func field(_ direction: BridgeDirection) -> BridgeField { direction == .forward ? field : reversed }
}

/// A learned bridge followed in one direction.
enum BridgeField: VectorField, StochasticField, Sendable {
    typealias Condition = Void

    case drifts(DriftPair<BridgeNetwork>)
    case flow(FlowAndScore<BridgeNetwork>)

    func drift(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        switch self {
        case .drifts(let field): field.drift(at: x, time: time, given: ())
        case .flow(let field): field.drift(at: x, time: time, given: ())
        }
    }

    func diffusion(at time: Tensor) -> Tensor {
        switch self {
        case .drifts(let field): field.diffusion(at: time)
        case .flow(let field): field.diffusion(at: time)
        }
    }

    func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        switch self {
        case .drifts(let field): field.velocity(at: x, time: time, given: ())
        case .flow(let field): field.velocity(at: x, time: time, given: ())
        }
    }

    func passes(at time: Double) -> Int { if case .drifts = self { 2 } else { 1 } }

    /// Passes through a network in an evaluation of the drift.
    var passesOfDrift: Int { if case .flow = self { 2 } else { 1 } }
}
