import Comparison
import Foundation
import Pushforward
import TestSupport
import Testing

/// A folder that is removed with its last use.
private final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "comparison-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

@Suite("Comparison", .serialized)
struct ComparisonTests {
    /// Two methods on points, in the order of the file.
    private static let yaml = """
        budget: {steps: 12}
        seeds: 2
        shared:
          data: {name: toy, distribution: two_modes}
          network: {width: 8, depth: 1}
          training: {learning_rate: 1.0e-3}
          evaluation: {samples: 0}
        judgement: {samples: 60, curve_samples: 20, neighbours: 20}
        methods:
          - {name: drift, config: toy-two-modes.yaml, set: {method: {generated: 16, positives: 16}}}
          - name: flow
            label: Flow
            config: toy-flow.yaml
            set: {method: {batch: 16}}
            samplers:
              - {name: euler, label: Euler, set: {solver: euler, steps: 4}}
              - {name: heun, set: {steps: 2}, curve: false}
        """

    private func settings(_ yaml: String = Self.yaml) throws -> ComparisonSettings {
        try ComparisonSettings().reading(yaml: yaml)
    }

    private func compare(_ settings: ComparisonSettings, in folder: URL) throws -> ComparisonReport {
        let presets = URL(filePath: #filePath).appending(path: "../../../presets/")
        let comparison = try Comparison(
            settings, seenFrom: presets, in: folder, methods: .all,
            progress: ProgressOutput(width: { nil }, write: { _ in }))
        return try Interruption.watching(announces: false) { try #require(try comparison.run(interruption: $0)) }
    }

    @Test("a table with a row for each sampler; what is done is not done again; methods can be added")
    func table() throws {
        let folder = try TemporaryFolder()
        let report = try compare(settings(), in: folder.url)
        #expect(report.rows.map(\.label) == ["drift", "Flow, Euler", "Flow, heun"])
        #expect(report.rows.map { $0.results.map(\.seed) } == [[0, 1], [0, 1], [0, 1]])
        #expect(report.rows.map { $0.results[0].evaluations } == [1, 4, 4])
        #expect(report.rows.allSatisfy { $0.results.allSatisfy { $0.steps == 12 && $0.parameters > 0 } })
        // Metrics that mean something: both methods are measured by the same columns, all of them finite.
        for row in report.rows {
            for column in report.columns {
                let value = try #require(report.value(row, column), "\(row.label), \(column.name)")
                #expect(value.mean.isFinite && value.error != nil)
            }
        }
        // A curve where there are budgets, and where it is wanted.
        #expect(report.rows[1].results[0].curve.count > 1 && report.rows[2].results[0].curve.isEmpty)
        for file in ["report.md", "report.json", "report.csv", "samples/flow-euler.png", "plots/evaluations.png"] {
            #expect(FileManager.default.fileExists(atPath: folder.url.appending(path: file).path), "\(file)")
        }
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.url.appending(path: "report.json")))
        let rows = try #require((json as? [String: Any])?["rows"] as? [[String: Any]])
        #expect(rows.count == 3)

        // Again: the same numbers from the files, times included; a method more is trained alone.
        let checkpoints = try modified(
            folder.url.appending(path: "runs/flow/seed-1/checkpoints/latest/model.safetensors"))
        let more = try settings(Self.yaml + "\n  - {name: second, config: toy-flow.yaml, set: {method: {batch: 8}}}")
        let again = try compare(more, in: folder.url)
        #expect(again.rows.prefix(3).map(\.results) == report.rows.map(\.results))
        #expect(again.rows[3].results.count == 2)
        #expect(
            try modified(folder.url.appending(path: "runs/flow/seed-1/checkpoints/latest/model.safetensors"))
                == checkpoints)
    }

    private func modified(_ file: URL) throws -> Date? {
        try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date
    }

    @Test("a method that fails ends nothing: the others have their rows, and the report says why")
    func failure() throws {
        let folder = try TemporaryFolder()
        var settings = try settings()
        settings.seeds = 1
        settings.methods[0].set = try ComparisonSettings.Entry().reading(
            yaml: "{name: a, config: a, set: {training: {learning_rate: 1.0e+30}}}"
        ).set
        let report = try compare(settings, in: folder.url)
        #expect(report.rows[0].results.isEmpty && report.rows[0].failures.count == 1)
        #expect(report.rows[1].results.count == 1)
        #expect(report.markdown.contains("failed: drift, seed 0:"))
    }

    @Test("mistakes of all methods are told before anything is trained")
    func mistakes() throws {
        var settings = try settings()
        settings.methods[0].config = "there-is-none.yaml"
        settings.methods[1].samplers[0].set = try ComparisonSettings.SamplerEntry().reading(
            yaml: "{name: a, set: {stepz: 4}}"
        ).set
        let folder = try TemporaryFolder()
        let error = #expect(throws: ComparisonError.self) { try compare(settings, in: folder.url) }
        let text = try #require(error).description
        #expect(text.contains("drift: ") && text.contains("there-is-none.yaml"))
        #expect(text.contains("flow: ") && text.contains("sampling.stepz"))
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "runs").path))
    }

    @Test("every comparison of the repository is read, with the settings of all of its methods")
    func presets() throws {
        let presets = URL(filePath: #filePath).appending(path: "../../../presets/").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(atPath: presets.path).filter {
            $0.hasPrefix("compare-")
        }
        #expect(files.count >= 2)
        for file in files {
            let settings = try ComparisonSettings().reading(file: presets.appending(path: file).path)
            _ = try Comparison(settings, seenFrom: presets, in: presets, methods: .all)
        }
    }

    @Test("methods of different data do not compare")
    func data() throws {
        var settings = try settings()
        settings.methods[0].set = try ComparisonSettings.Entry().reading(
            yaml: "{name: a, config: a, set: {data: {distribution: spirals}}}"
        ).set
        let folder = try TemporaryFolder()
        let error = #expect(throws: ComparisonError.self) { try compare(settings, in: folder.url) }
        #expect(try #require(error).description.contains("different data"))
    }

    @Test(
        "wrong files of comparisons",
        arguments: [
            ("budget: {steps: 1}", "methods: must name at least one method"),
            ("budget: {steps: 1, minutes: 2}\nmethods: [{name: a, config: b}]", "give exactly one of them, not 2"),
            ("methods: [{name: a, config: b}]", "give exactly one of them, not 0"),
            ("budget: {steps: 1}\nmethods: [{name: a, config: b}, {name: a, config: c}]", "must have different names"),
            ("budget: {steps: 1}\nmethods: [{name: a/b, config: b}]", "methods[0].name: must be a name for a folder"),
            ("budget: {steps: 1}\nmethods: [{name: a}]", "what is to be compared?"),
            ("budget: {steps: 1}\nmethods: [{name: a, config: b, conig: c}]", "Did you mean 'config'?"),
            ("budget: {steps: 1}\nmethods: {name: a}", "expected a list of sections"),
        ])
    func wrongFiles(yaml: String, message: String) throws {
        let error = #expect(throws: SettingsError.self) { try settings(yaml) }
        #expect(try #require(error).description.contains(message), "\(String(describing: error))")
    }

    @Test("best and ties by two standard errors of the difference")
    func ties() throws {
        // Three seeds each: means 2, 2.5 and 4; standard errors 1/sqrt(3) each, so ties end at 2 * sqrt(2/3) = 1.63.
        let column = Column(name: "frechet@pixels", title: "Fréchet", isDistance: true)
        let better = Column(name: "precision@pixels", title: "Precision", isDistance: false)
        let rows = [[1.0, 2, 3], [1.5, 2.5, 3.5], [3, 4, 5]].enumerated().map { index, values in
            ComparisonReport.Row(
                "row \(index)", method: "m\(index)", sampler: "s", objective: "o",
                results: values.enumerated().map { seed, value in
                    CellResult(
                        seed: seed, steps: 1, trainingSeconds: 60, parameters: 1, sampler: "s, t", evaluations: 1,
                        passes: 1, secondsPerSample: 1, values: [column.name: value, better.name: value])
                })
        }
        let report = ComparisonReport(columns: [column, better], rows: rows, circumstances: ["c"])
        let values = try rows.map { try #require(report.value($0, column)) }
        #expect(values.map(\.isBest) == [true, false, false] && values.map(\.isTied) == [false, true, false])
        #expect(values.map(\.mean) == [2, 2.5, 4])
        #expect(abs(try #require(values[0].error) - 1 / 3.0.squareRoot()) < 1e-12)
        // Where more is better, the last row is best, and the second differs by 1.5: tied.
        let others = try rows.map { try #require(report.value($0, better)) }
        #expect(others.map(\.isBest) == [false, false, true] && others.map(\.isTied) == [false, true, false])
        #expect(report.markdown.contains("| **2 ± 0.577** |") && report.markdown.contains("| 2.5 ± 0.577 *=* |"))
        let lines = report.csv.split(separator: "\r\n")
        #expect(lines.count == 4 && lines[1].hasPrefix("m0,s,row 0,o,,\"s, t\",1,3,1.0,1.0,1.0,1.0,1.0,2.0,0.577"))
    }
}
