import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Devices of runs", .serialized)
struct DeviceTests {
    @Test("a graph on a device without them is refused before anything is made")
    func refused() throws {
        try withTemporaryFolder { url in
            let run = url.appending(path: "run")
            let error = #expect(throws: TrainingError.self) {
                try SmallRuns.train(run, SmallRuns.toy(steps: 5, "training.graph=true"))
            }
            #expect(error?.description.contains("training.graph") == true)
            #expect(!FileManager.default.fileExists(atPath: run.path))
        }
    }

    @Test("a run on CUDA follows that on the CPU", .enabled(if: Device.cuda(0).isAvailable, "no CUDA device"))
    func cuda() throws { try compare("training.device=cuda:0", with: "training.device=cpu") }

    @Test(
        "a replayed run follows one that is not",
        .enabled(if: OperationGraph.isSupported(on: .cuda(0)), "no CUDA device, or no headers of CUDA"))
    func graph() throws {
        try compare("training={device: 'cuda:0', graph: true, precision: float32}", with: "training.device=cuda:0")
    }

    private func compare(_ change: String, with other: String) throws {
        try withTemporaryFolder { url in
            let logs = try [change, other].enumerated().map { index, change in
                let run = url.appending(path: "\(index)")
                try SmallRuns.train(run, SmallRuns.toy(steps: 12, "training.precision=float32", change))
                return try MetricsLog.records(in: RunFolder(run).metrics)
            }
            #expect(logs[0].count == 12)
            for (a, b) in zip(logs[0], logs[1]) {
                for name in ["loss", "gradient_norm", "strength_0.2"] {
                    assertClose(a.values[name] ?? .nan, b.values[name] ?? 0, relative: 1e-2)
                }
            }
        }
    }
}
