internal import DriftingRuns
internal import FileFormats
internal import Foundation
internal import Metrics
internal import Torch
internal import Training

/// The three starts in the plane, seed by seed.
struct ToyCells {
    let folder: URL
    let seeds: Int

    /// Distances to the data at the start and at the end, and the share of samples on the right mode.
    func results() throws -> [CellResult] {
        let picture = folder.appending(path: "evolution.png")
        if !FileManager.default.fileExists(atPath: picture.path) { drawIfPossible(picture) }
        return try (0..<seeds).flatMap { seed in
            try ToyEvolution.Start.allCases.map { start in try result(start, seed) }
        }
    }

    /// The numbers need no picture.
    private func drawIfPossible(_ picture: URL) {
        do {
            try ToyEvolution(seed: Seed(0)).draw(to: picture)
        } catch {
            ProgressOutput.standardError.write("warning: \(picture.path) is missing: \(error)\n")
        }
    }

    private func result(_ start: ToyEvolution.Start, _ seed: Int) throws -> CellResult {
        let name = start.rawValue.replacing(" ", with: "-")
        let file = folder.appending(path: "results/\(name)-seed-\(seed).json")
        if let known = try JSONFile.read(CellResult.self, ifThereIs: file) { return known }
        let began = ContinuousClock.now
        let snapshots = ToyEvolution(seed: Seed(UInt64(seed))).snapshots(from: start)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        guard let first = snapshots.first, let last = snapshots.last else { preconditionFailure("no snapshots") }
        let values = [
            "wasserstein_start": try WassersteinDistance.between(first.generated, first.data),
            "wasserstein_end": try WassersteinDistance.between(last.generated, last.data),
            "wasserstein_data": try WassersteinDistance.between(first.data, last.data),
            "right_share": (last.generated.select(1, 0) .> 0).to(.float64).mean().item(),
        ]
        let result = CellResult(row: name, seed: seed, steps: last.step, seconds: seconds, values: values)
        try JSONFile.write(result, to: file)
        return result
    }
}
