public import Generative
public import Torch

/// A learned bridge of a velocity and a score: what [SF]²M learns.
///
///     v(x, t) = flow(x, t),    f = v + σ² s / 2,    b = v - σ² s / 2
///
/// The model of the score predicts σ s, ``BrownianBridge/Target/score``. Both models see the time of the forward direction.
public struct FlowAndScore<Model: PredictionModel>: VectorField, StochasticField where Model.Condition == Void {
    /// None.
    public typealias Condition = Void

    /// The velocity of the probability flow.
    public let flow: Model
    /// σ times the score.
    public let score: Model
    /// σ.
    public let sigma: Double
    /// True if the bridge is followed from t = 1 to t = 0, in a time that still rises from 0 to 1.
    public let isReversed: Bool

    /// The bridge of velocity, score and a reference, followed forward.
    public init(flow: Model, score: Model, reference: BrownianBridge) {
        self.init(flow, score, reference.sigma, isReversed: false)
    }

    private init(_ flow: Model, _ score: Model, _ sigma: Double, isReversed: Bool) {
        (self.flow, self.score, self.sigma, self.isReversed) = (flow, score, sigma, isReversed)
    }

    /// The same bridge with time running the other way.
    public var reversed: FlowAndScore { FlowAndScore(flow, score, sigma, isReversed: !isReversed) }

    /// The velocity of the probability flow.
    public func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        let velocity = flow.predict(x, time: forward(time), given: ())
        return isReversed ? -velocity : velocity
    }

    /// The velocity, and half of σ² times the score.
    public func drift(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        velocity(at: x, time: time, given: ()) + score.predict(x, time: forward(time), given: ()) * (sigma / 2)
    }

    /// σ at each time [B].
    public func diffusion(at time: Tensor) -> Tensor { time.onesLike() * sigma }

    private func forward(_ time: Tensor) -> Tensor { isReversed ? 1 - time : time }
}

extension FlowAndScore: Sendable where Model: Sendable {}
