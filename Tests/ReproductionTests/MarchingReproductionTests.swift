import Foundation
import Logging
import Pushforward
import Reproduction
import TestSupport
import Testing

@Suite("Distance marching against its baselines") struct MarchingReproductionTests {
    @Test("two methods are trained once, measured once, and compared in a report, with strangers")
    func small() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 13, missing: 7)
            for kind in ["images-idx3-ubyte", "labels-idx1-ubyte"] {
                try FileManager.default.moveItem(
                    at: data.appending(path: "train-\(kind)"), to: data.appending(path: "t10k-\(kind)"))
            }
            try SmallMNIST.write(to: data, perClass: 12)
            var configuration = Reproduction.Configuration()
            (configuration.seeds, configuration.samples, configuration.budget) = (1, 60, .steps(2))
            let changes = [
                "data={name: mnist, path: \"\(data.path)\"}",
                "network={name: unet, width: 8, multipliers: [1, 2], condition: 16}",
                "network.attention_size=0", "method.batch=8", "training.warmup_steps=1", "evaluation={per_class: 1}",
                "sampling.steps=2", "sampling.preview_steps=1",
            ]
            let root = url.appending(path: "tables")
            func run() throws -> MarchingReport {
                let comparison = MarchingReproduction(
                    in: root, from: RunSettings(), setting: changes, configuration, rows: ["sphere-8", "uflow-8"],
                    log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    progress: ProgressOutput(width: { nil }, write: { _ in }))
                return try Interruption.watching(announces: false) {
                    try #require(try comparison.run(interruption: $0))
                }
            }
            let report = try run()
            #expect(report.rows.map(\.name) == ["sphere-8", "uflow-8"])
            #expect(try #require(report.rows[0].values["evaluations"]).mean == 8)
            #expect(try #require(report.rows[1].values["evaluations"]).mean == 8)
            let names = report.strangers.map(\.name)
            #expect(names.prefix(4) == ["uniform-noise", "digits", "rotated", "inverted"])
            #expect(report.markdown.contains("Published: 13.5 % lower FID"))
            let log = root.appending(path: "distance-marching/distance/seed-0/metrics.jsonl")
            let before = try Data(contentsOf: log)
            _ = try run()
            #expect(try Data(contentsOf: log) == before)
        }
    }
}
