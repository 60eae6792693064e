import Foundation
import Settings
import Testing

@Suite("Reading settings")
struct ReadingTests {
    @Test(
        "an empty file, an empty section and no file keep the defaults",
        arguments: ["", "# nothing", "---", "{}", "training:"])
    func defaults(yaml: String) throws {
        #expect(try SampleSettings().reading(yaml: yaml) == SampleSettings())
        #expect(try SampleSettings().reading(file: nil) == SampleSettings())
    }

    @Test("given keys replace defaults and leave the others")
    func values() throws {
        let yaml = """
            data: {name: mnist, labels: [3, 5]}
            training:
              steps: 20_000
              seed: 18446744073709551615
              learning_rate: 1e-4
              clip: ~
              guidance: [1, 2.5]
              mixed: no
              weight: .5
            """
        let settings = try SampleSettings().reading(yaml: yaml)
        #expect(settings.data.name == .digits)
        #expect(settings.data.labels == [3, 5])
        #expect(settings.data.root == "/usr/share/data")
        #expect(settings.training.steps == 20_000)
        #expect(settings.training.seed == .max)
        #expect(settings.training.learningRate == 1e-4)
        #expect(settings.training.clip == nil)
        #expect(settings.training.guidance == 1...2.5)
        #expect(!settings.training.isMixed)
        #expect(settings.training.weight == 0.5)
        #expect(settings.training.batch == 32)
    }

    @Test(
        "whole numbers may be written in the ways of YAML and with an exponent",
        arguments: [
            ("7", 7), ("+7", 7), ("1_000", 1000), ("1e3", 1000), ("1.5e3", 1500), ("0x3E8", 1000), ("0o17", 15),
            ("0b101", 5), ("007", 7), ("2.0", 2),
        ])
    func wholeNumbers(text: String, value: Int) throws {
        #expect(try SampleSettings().reading(yaml: "training: {steps: \(text)}").training.steps == value)
    }

    @Test(
        "what is no whole number is refused",
        arguments: [
            "many", "1.5", "1e-1", "0x", "0x-1", "_1", "1_", "--1", "1e", "\"7\"", "[7]", "{a: 7}", "", "1e400", "nan",
        ])
    func notWholeNumbers(text: String) {
        let found = problems("training: {steps: \(text)}")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("training.steps: expected a whole number, found ") == true)
    }

    @Test(
        "what is no number is refused",
        arguments: ["many", ".nan", "nan", "inf", "0x1p3", "1e999", "1.2.3", "1 2", "e5", "'1'", ""])
    func notNumbers(text: String) {
        let found = problems("training: {learning_rate: \(text)}")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("training.learning_rate: expected a number") == true)
    }

    @Test("an alias stands for the node at its anchor")
    func aliases() throws {
        let settings = try SampleSettings().reading(yaml: "training: {steps: &n 5, batch: *n, classes: 1}")
        #expect(settings.training.batch == 5)
    }

    @Test("the kind decides which keys there are; without it the present kind stays")
    func kinds() throws {
        let mlp = try SampleSettings().reading(yaml: "model: {name: mlp, layers: [8]}\noptimiser: {kind: sgd}")
        #expect(mlp.model as? MLPModel == MLPModel(layers: [8]))
        #expect(mlp.optimiser == .sgd(SampleSettings.SGD()))
        let wide = try SampleSettings().reading(yaml: "model: {width: 128}")
        #expect(wide.model as? ConvModel == ConvModel(width: 128))
        // The kind that is already present keeps its values.
        let again = try wide.reading(yaml: "model: {name: conv_generator}")
        #expect(again.model as? ConvModel == ConvModel(width: 128))
    }

    @Test("an optional section is absent with null and starts from its initial values when given")
    func optionalSections() throws {
        let present = try SampleSettings().reading(yaml: "encoder: {}")
        #expect(present.encoder == SampleSettings.Encoder())
        #expect(try SampleSettings().reading(yaml: "encoder: {minutes: 3}").encoder?.minutes == 3)
        #expect(try present.reading(yaml: "encoder: null").encoder == nil)
        #expect(try present.reading(yaml: "").encoder == present.encoder)
    }

    @Test("an optional section with kinds is absent with null, of the initial kind when given, or of the one named")
    func optionalKinds() throws {
        let given = try SampleSettings().reading(yaml: "judge: {momentum: 0.5}")
        #expect(given.judge == .sgd(SampleSettings.SGD(momentum: 0.5)))
        let named = try given.reading(yaml: "judge: {name: adamw}")
        #expect(named.judge == .adamW(SampleSettings.AdamW()))
        #expect(try named.reading(yaml: "judge: null").judge == nil)
        #expect(try named.reading(yaml: "").judge == named.judge)
        #expect(problems("judge: {betas: [0, 0]}").first?.contains("unknown key for name 'sgd'") == true)
    }

    @Test("a file is read, and its name stands in the error")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).yaml").path
        try "training: {stepz: 1}".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: SettingsError.self) { try SampleSettings().reading(file: path) }
        #expect(error?.description == "\(path): training.stepz: unknown key (line 1). Did you mean 'steps'?")
        let missing = #expect(throws: SettingsError.self) { try SampleSettings().reading(file: path + ".no") }
        #expect(missing?.description == "\(path).no: there is no such file")
    }
}
