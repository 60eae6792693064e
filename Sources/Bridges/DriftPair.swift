public import Generative
public import Torch

/// A learned bridge of two drifts, one for each direction of time: what DSBM learns.
///
/// Each model sees its own time, which runs from 0 at its start to 1 at its end. The equation is that of the drift along;
/// the probability flow, with the same marginals, is half of the difference of both:
///
///     dX = f(x, t) dt + σ dW,    v(x, t) = (f(x, t) - b(x, 1 - t)) / 2
public struct DriftPair<Model: PredictionModel>: VectorField, StochasticField where Model.Condition == Void {
    /// None.
    public typealias Condition = Void

    /// The drift along the direction that is followed.
    public let along: Model
    /// The drift of the other direction.
    public let against: Model
    /// σ.
    public let sigma: Double

    /// The bridge of two drifts and a reference.
    public init(along: Model, against: Model, reference: BrownianBridge) {
        (self.along, self.against, sigma) = (along, against, reference.sigma)
    }

    /// The same bridge with time running the other way.
    public var reversed: DriftPair {
        DriftPair(along: against, against: along, reference: BrownianBridge(sigma: sigma))
    }

    /// The drift along.
    public func drift(at x: Tensor, time: Tensor, given _: Void) -> Tensor { along.predict(x, time: time, given: ()) }

    /// σ at each time [B].
    public func diffusion(at time: Tensor) -> Tensor { time.onesLike() * sigma }

    /// The velocity of the probability flow.
    public func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        (along.predict(x, time: time, given: ()) - against.predict(x, time: 1 - time, given: ())) * 0.5
    }

    /// 2.
    public func passes(at time: Double) -> Int { 2 }
}

extension DriftPair: Sendable where Model: Sendable {}
