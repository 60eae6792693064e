public import Backbones
public import Generative
public import Torch

/// The noising that a network of a run has learned to undo: path, predicted quantity, and the way the network is asked.
///
/// Everything that samplers, likelihoods and later stages need to know of a trained network, whatever its method.
public struct TransportProcess: Sendable {
    /// Way in which a network is asked at a position of the path.
    public enum Harness: Sendable, Hashable {
        /// The position and the time t in [0, 1].
        case unit
        /// The position at unit variance and c_noise = ln(σ/α) / 4, for data of a standard deviation. The answer is noise, over
        /// -σ the score.
        case scaled(dataDeviation: Double)
        /// Inside of ``/Generative/EDMPreconditioning``, for data of a standard deviation; the answer is data.
        case preconditioned(dataDeviation: Double)
    }

    /// The path from noise to data.
    public let path: AnyPath
    /// The table that the path passes; nil for a continuous one.
    public let table: NoiseTable?
    /// The quantity that the model predicts along the path.
    public let prediction: Prediction
    /// Way in which the network is asked.
    public let harness: Harness
    /// Times within which differential equations are followed: [0, 1], or a little less where velocities are infinite at the data.
    public let interval: ClosedRange<Double>
    /// True if noise is normal and independent of the data, so that a velocity gives the score, which stochastic samplers and
    /// temperature need; false for a flow between coupled pairs.
    public let givesScore: Bool

    /// A process along a path, or along the path of a table.
    public init(
        along path: any AffinePath, table: NoiseTable? = nil, predicting prediction: Prediction,
        harness: Harness = .unit, over interval: ClosedRange<Double> = 0...1, givesScore: Bool = true
    ) {
        self.path = AnyPath(path)
        self.table = table
        self.prediction = prediction
        self.harness = harness
        self.interval = interval
        self.givesScore = givesScore
    }

    /// The path's level at t = 0.
    public var start: NoiseLevel { PathTimes(of: path).level(at: 0) }

    /// The path's level at t = 1.
    public var end: NoiseLevel { PathTimes(of: path).level(at: 1) }

    /// Standard deviation of the noise from which the path begins: σ(0) where data keep their scale, else 1.
    public var priorDeviation: Double { Self.deviation(of: start) }

    /// Standard deviation of the start of samplers at a level.
    static func deviation(of level: NoiseLevel) -> Double { level.alpha == 1 ? level.sigma : 1 }

    /// The time input that a network needs.
    public var networkTime: NetworkInterface.Time { harness == .unit ? .unit : .logNoiseLevel }

    /// A network as a model of position, time and class.
    public func model(of network: any ConditionalNetwork) -> NetworkPrediction {
        NetworkPrediction(network: network, process: self)
    }

    /// The velocity of a network's probability flow.
    public func field(of network: any ConditionalNetwork) -> ModelVelocity<NetworkPrediction, AnyPath> {
        ModelVelocity(of: model(of: network), predicting: prediction, along: path)
    }

    /// A network's estimates of data and noise at any level.
    public func levels(of network: any ConditionalNetwork) -> PathLevels<NetworkPrediction, AnyPath> {
        PathLevels(of: model(of: network), predicting: prediction, along: path)
    }
}

/// A network in the role of a model of position, time and class, asked as its process requires.
public struct NetworkPrediction: PredictionModel, Sendable {
    /// Class labels [B].
    public typealias Condition = Tensor

    /// The network.
    public let network: any ConditionalNetwork
    /// The process that it is trained for.
    public let process: TransportProcess

    /// The process's quantity at positions x [B, ...] and times [B] for classes [B], in single precision unless data are
    /// estimated, which keep the type of the positions.
    public func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        switch process.harness {
        case .unit: return RawNetwork(network).predict(x, time: time, given: labels)
        case .preconditioned(let deviation):
            let denoiser = EDMPreconditioning(of: RawNetwork(network), dataDeviation: deviation)
            return DenoiserPrediction(of: denoiser, along: process.path).predict(x, time: time, given: labels)
        case .scaled(let deviation):
            let at = process.path.coefficients(at: time)
            let size = (at.alpha.square() * (deviation * deviation) + at.sigma.square()).sqrt()
            let noise = RawNetwork(network).predict(
                x / size.alongBatch(of: x).to(x.dtype), time: (at.sigma / at.alpha).log() * 0.25, given: labels)
            return process.prediction == .score ? -(noise / at.sigma.alongBatch(of: noise).to(noise.dtype)) : noise
        }
    }
}

/// The network itself: position and time in, in single precision, and a tensor of the position's shape out.
private struct RawNetwork: PredictionModel, Sendable {
    let network: any ConditionalNetwork

    init(_ network: any ConditionalNetwork) { self.network = network }

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        network(NetworkInput(values: x.to(.float32), labels: labels, time: time.to(.float32)))[0]
    }
}
