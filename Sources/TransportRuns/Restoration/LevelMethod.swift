public import Backbones
public import Generative
public import Runs
public import Torch

/// A method whose trained network predicts data, noise or their like along a path.
///
/// Restoration and distillation work with the networks of such methods.
public protocol LevelMethod: Method {
    /// The path from noise to data.
    var noisePath: any AffinePath { get }

    /// The quantity that the network predicts.
    var learnedPrediction: Prediction { get }

    /// A trained network in the role of a model of position, time on the path and class.
    func predictionModel(of network: any ConditionalNetwork) -> any PredictionModel<Tensor> & Sendable

    /// Levels from noise to data in so many steps; the last is the data.
    func levelGrid(steps: Int) -> NoiseGrid
}

extension LevelMethod {
    /// A trained network's estimates of data and noise.
    func levelModel(of network: any ConditionalNetwork) -> any LevelModel<Tensor> & Sendable {
        func along(_ model: some PredictionModel<Tensor> & Sendable) -> any LevelModel<Tensor> & Sendable {
            PathPrediction(of: model, predicting: learnedPrediction, along: AnyPath(noisePath))
        }
        return along(predictionModel(of: network))
    }

    /// Standard deviation of the start of samplers: σ of the first level where data keep their scale, else 1.
    var startDeviation: Double {
        let start = levelGrid(steps: 1).start
        return start.alpha == 1 ? start.sigma : 1
    }
}

extension TransportMethod {
    /// The path of the process.
    public var noisePath: any AffinePath { process.path }

    /// The quantity that the network predicts along it.
    public var learnedPrediction: Prediction { process.prediction }

    /// The network as it was trained.
    public func predictionModel(of network: any ConditionalNetwork) -> any PredictionModel<Tensor> & Sendable {
        process.model(of: network)
    }

    /// Equal steps of time, then the data where the path ends before them.
    public func levelGrid(steps: Int) -> NoiseGrid {
        guard process.end.sigma > 0 else { return NoiseGrid(along: process.path, over: .uniform(steps: steps)) }
        guard steps > 1 else { return NoiseGrid([process.start, .data()]) }
        let path = NoiseGrid(along: process.path, over: .uniform(steps: steps - 1))
        return NoiseGrid(steps: path.steps + [NoiseStep(from: path.end, to: .data())])
    }
}
