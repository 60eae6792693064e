internal import Generative
internal import Torch

/// The Schrödinger bridge between two Gaussians.
enum GaussianBridgeCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        var sizes = Sizes()
        func gaussian(_ number: Int) throws -> GaussianBridge.Gaussian {
            .init(
                mean: try file.tensor("mean\(number)", "D", &sizes),
                covariance: try file.tensor("cov\(number)", "D D", &sizes))
        }
        let (start, end) = (try gaussian(0), try gaussian(1))
        for (index, sigma) in try file["sigma"].scalars(as: Double.self).enumerated() {
            recorder.check("gaussian_bridge/sigma \(sigma)") { comparisons in
                let bridge = GaussianBridge(from: start, to: end, sigma: sigma)
                let times = try file["t"]
                try comparisons.compare(
                    "cross covariance", bridge.crossCovariance, file["cross_cov"][index], .forward(1e-9))
                try comparisons.compare("mean", bridge.mean(at: times), file["mean"][index], .forward(1e-9))
                try comparisons.compare("covariance", bridge.covariance(at: times), file["cov"][index], .forward(1e-9))
                try compareDynamics(bridge, index, file, comparisons)
            }
        }
        recorder.check("gaussian_bridge/without noise") { comparisons in
            let bridge = GaussianBridge(from: start, to: end, sigma: 1)
            try comparisons.compare("optimal map", bridge.transportMap, file["ot_map_matrix"], .forward(1e-9))
            let distance = try file["w2_squared"].item() as Double
            try comparisons.compare("squared Wasserstein", bridge.squaredWasserstein, distance, .ofMaximum(1e-9))
        }
    }

    private static func compareDynamics(
        _ bridge: GaussianBridge, _ index: Int, _ file: VectorFile, _ comparisons: CaseComparisons
    ) throws {
        let points = try file["points"]
        for (place, time) in try file["inner_t"].scalars(as: Double.self).enumerated() {
            let times = Tensor.full([points.shape[0]], time, dtype: .float64)
            let values = [
                ("drift", bridge.drift(at: points, time: times, given: ())),
                ("backward_drift", bridge.backwardDrift(at: points, time: times)),
                ("velocity", bridge.velocity(at: points, time: times)),
                ("score", bridge.score(at: points, time: times)),
            ]
            for (name, value) in values {
                try comparisons.compare(
                    "\(name) at \(time)", value, try file[name][index][place], .ofMaximum(1e-9, floor: 1))
            }
        }
    }
}
