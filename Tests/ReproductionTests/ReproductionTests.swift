import Foundation
import Pushforward
import Reproduction
import TestSupport
import Testing

@Suite("Tables of the paper", .serialized)
struct ReproductionTests {
    /// A tiny run of images that the test writes itself: both splits, in the form of MNIST.
    private func settings(_ data: URL) throws -> RunSettings {
        try SmallMNIST.write(to: data, perClass: 13, missing: 7)
        for kind in ["images-idx3-ubyte", "labels-idx1-ubyte"] {
            try FileManager.default.moveItem(
                at: data.appending(path: "train-\(kind)"), to: data.appending(path: "t10k-\(kind)"))
        }
        try SmallMNIST.write(to: data, perClass: 12)
        let yaml = """
            data: {name: mnist, path: "\(data.path)"}
            network: {name: conv_generator, latent: 4, width: 4, condition: 8}
            method:
              {name: drifting, generated: 2, positives: 2, features: {encoder: {width: 4, blocks: [1], strides: [2],
              batch: 16, training: {steps: 3, warmup_steps: 1}}}}
            training: {warmup_steps: 1}
            evaluation: {samples: 0, per_class: 1}
            """
        return try RunSettings().reading(yaml: yaml)
    }

    private func run(
        _ table: PaperTable, in root: URL, _ settings: RunSettings, seeds: Int = 1, steps: Int = 2
    ) throws -> TableReport {
        var configuration = Reproduction.Configuration()
        (configuration.seeds, configuration.samples, configuration.budget) = (seeds, 60, .steps(steps))
        let reproduction = Reproduction(
            table, in: root, from: settings, configuration, progress: ProgressOutput(width: { nil }, write: { _ in }))
        return try Interruption.watching(announces: false) { try #require(try reproduction.run(interruption: $0)) }
    }

    /// The first rows of a table.
    private func part(_ name: String, rows: Int) throws -> PaperTable {
        var table = try #require(PaperTable.named(name))
        table.rows = Array(table.rows.prefix(rows))
        return table
    }

    @Test("names, rows and files do not collide, and every row's settings make a run")
    func catalogue() throws {
        let names = PaperTable.all.map(\.name)
        #expect(Set(names).count == names.count && names.count == 9)
        for table in PaperTable.all {
            #expect(Set(table.rows.map(\.name)).count == table.rows.count)
            for row in table.rows {
                var settings = RunSettings()
                row.change(&settings)
                #expect(throws: Never.self) { try RunSettings().reading(yaml: settings.yaml()) }
            }
        }
    }

    @Test("a table trains its encoder once, its rows with every seed, and compares them with what was published")
    func antisymmetry() throws {
        try withTemporaryFolder { url in
            let settings = try settings(url.appending(path: "data"))
            let root = url.appending(path: "tables")
            let report = try run(part("antisymmetry", rows: 2), in: root, settings, seeds: 2)
            #expect(report.rows.map(\.published) == [8.46, 41.05])
            #expect(report.columns.map(\.name) == ["frechet", "precision", "recall"])
            for row in report.rows {
                #expect(row.steps == 2 && row.values.count == 3)
                #expect(try #require(row.values["frechet"]).error != nil)
            }
            let markdown = try String(contentsOf: root.appending(path: "antisymmetry/report.md"), encoding: .utf8)
            #expect(markdown.contains("| 1.5 V+ - V- | 41.05 |") && markdown.contains("not FID"))
            #expect(FileManager.default.fileExists(atPath: root.appending(path: "antisymmetry/report.png").path))
            let run = RunFolder(root.appending(path: "default/seed-1"))
            #expect(!FileManager.default.fileExists(atPath: run.url.appending(path: "encoder").path))

            // A finished cell is taken from its file, and another table takes the encoder over.
            let cell = root.appending(path: "antisymmetry/results/balanced-seed-0.json")
            var text = try String(contentsOf: cell, encoding: .utf8)
            text = text.replacing(#/"frechet" : [-0-9.e]+/#, with: "\"frechet\" : 123")
            try text.write(to: cell, atomically: true, encoding: .utf8)
            let again = try self.run(part("antisymmetry", rows: 2), in: root, settings, seeds: 1)
            #expect(again.rows[0].values["frechet"]?.mean == 123)
            // What another judge has measured is measured again, of the run that is there.
            text = text.replacing(#/"judge" : "[^"]*"/#, with: "\"judge\" : \"another\"")
            try text.write(to: cell, atomically: true, encoding: .utf8)
            let log = RunFolder(root.appending(path: "default/seed-0")).metrics
            let metrics = try Data(contentsOf: log)
            let remeasured = try self.run(part("antisymmetry", rows: 2), in: root, settings, seeds: 2)
            #expect(remeasured.rows.map(\.values) == report.rows.map(\.values))
            #expect(try Data(contentsOf: log) == metrics)
            let encoder = try Data(contentsOf: root.appending(path: "encoder/encoder/metrics.jsonl"))
            _ = try self.run(part("temperatures", rows: 1), in: root, settings)
            #expect(try Data(contentsOf: root.appending(path: "encoder/encoder/metrics.jsonl")) == encoder)
            #expect(throws: ReproductionError.self) {
                try self.run(part("antisymmetry", rows: 2), in: root, settings, steps: 3)
            }
        }
    }

    @Test("guidance strengths share one run; neighbours are drawn")
    func others() throws {
        try withTemporaryFolder { url in
            let settings = try settings(url.appending(path: "data"))
            let root = url.appending(path: "tables")
            let guidance = try run(part("guidance", rows: 2), in: root, settings)
            let runs = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "guidance/runs").path)
            #expect(runs == ["guided"])
            #expect(guidance.rows[0].values["inception_score"] != nil)
            let neighbours = try run(part("neighbours", rows: 1), in: root, settings)
            #expect(neighbours.rows[0].values["near_copies"] != nil)
            #expect(FileManager.default.fileExists(atPath: root.appending(path: "neighbours/default-seed-0.png").path))
        }
    }

    @Test("three starts in the plane end on the data")
    func toy() throws {
        try withTemporaryFolder { url in
            let report = try run(try #require(PaperTable.named("toy")), in: url, RunSettings())
            for row in report.rows {
                let (start, end) = (row.values["wasserstein_start"]?.mean, row.values["wasserstein_end"]?.mean)
                #expect(try #require(end) < 0.6 && (try #require(start)) > 0.8)
            }
        }
    }
}
