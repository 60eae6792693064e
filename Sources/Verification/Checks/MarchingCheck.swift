internal import Generative
internal import Torch

/// The exact optimum of distance marching on finitely many points, and marches along it.
enum MarchingCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let name = file.name.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? file.name
        let prior = TimePrior(times: try file["t_grid"].scalars(as: Double.self))
        let optimum = MarchingOptimum(
            of: try file["data"], times: prior, softening: try file["c0"].item(), epsilon: try file["eps"].item())
        recorder.check("\(name)/optimum") { comparisons in
            let (distance, direction) = optimum.bearing(at: try file["x"])
            try comparisons.compare("direction", direction, file["v"], .forward(1e-9))
            // On a data point the distance is 0 by a floor there, and the limit here: only the full step means anything.
            let (ours, theirs) = (direction * distance.unsqueeze(1), try file["v"] * file["u"].unsqueeze(1))
            try comparisons.compare("full step", ours, theirs, .forward(1e-7))
        }
        guard file.tensors["sphere_end"] != nil else { return }
        recorder.check("\(name)/marches") { comparisons in
            var x = try file["start"]
            let track = try file["sphere_track"]
            for step in 1...250 {
                let (distance, direction) = optimum.bearing(at: x)
                x = x - direction * distance.unsqueeze(1) * 0.031
                if step % 50 == 0 {
                    try comparisons.compare("march, step \(step)", x, track[step / 50], .forward(1e-7))
                }
            }
            try comparisons.compare("march", x, file["sphere_end"], .forward(1e-7))
            let rate = try file["gd_eta"].item()
            var y = try file["start"]
            for _ in 0..<250 { y = y - optimum.bearing(at: y).direction * rate }
            try comparisons.compare("gradient descent", y, file["gd_end"], .forward(1e-7))
        }
    }
}
