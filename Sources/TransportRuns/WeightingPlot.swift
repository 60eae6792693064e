internal import Foundation
internal import Generative
internal import Plots
internal import Runs
internal import Torch
internal import Training
internal import Transport

/// The picture of where a run learns: density of its times, and weight of the error of the noise, `plots/weighting.png`.
struct WeightingPlot: RunObserver {
    private let folder: RunFolder
    private let method: any TransportMethod

    init(_ folder: RunFolder, _ method: any TransportMethod) {
        self.folder = folder
        self.method = method
    }

    func finish(after step: Int) throws {
        try Self.plot(of: method).write(to: folder.plots.appending(path: "weighting.png"))
    }

    /// Curves over the time, each scaled to a largest value of 1.
    static func plot(of method: any TransportMethod) -> LinePlot {
        let times = (0..<400).map { (Double($0) + 0.5) / 400 }
        let law = method.timeDistribution
        let density = times.map { law.density(at: $0) }
        let weight = noiseWeight(of: method, at: times)
        let product = zip(density, weight).map { $0 * $1 }
        let curves = [
            ("density of the times", density), ("weight of the noise's error", weight), ("product of both", product),
        ]
        let series = curves.map { name, values in
            let most = values.filter(\.isFinite).max() ?? 1
            return LinePlot.Series(name, x: times, y: values.map { $0 / (most > 0 ? most : 1) })
        }
        return LinePlot(
            "Where \(method.noun) learns, from noise (0) to data (1)", x: Axis("time"),
            y: Axis("share of the largest value", scale: .linear), series)
    }

    /// Weight of the squared error of the noise at times.
    private static func noiseWeight(of method: any TransportMethod, at times: [Double]) -> [Double] {
        let process = method.process
        let time = Tensor(times)
        func weights(_ weighting: Weighting, _ prediction: Prediction) -> [Double] {
            let known = weighting.weights(of: prediction, at: time, along: process.path)
            return (known ?? time.onesLike()).scalars(as: Double.self)
        }
        guard method.lossWeighting == .uniform else { return weights(method.lossWeighting, .noise) }
        // An unweighted error of p is one of the noise with the weight (error of p / error of the noise)²: that of SNR, which is 1
        // in the noise, over that of p.
        return weights(.snr, process.prediction).map { 1 / $0 }
    }
}
