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
            ("0b101", 5), ("007", 7), ("2.0", 2), ("9007199254740993e0", 9_007_199_254_740_993),
            ("9.223372036854775807e18", .max), ("120e-1", 12),
        ])
    func wholeNumbers(text: String, value: Int) throws {
        #expect(try SampleSettings().reading(yaml: "training: {steps: \(text)}").training.steps == value)
    }

    @Test(
        "what is no whole number is refused",
        arguments: [
            "many", "1.5", "1e-1", "0x", "0x-1", "_1", "1_", "--1", "1e", "\"7\"", "[7]", "{a: 7}", "", "1e400", "nan",
            "1:30", "12e-1", "0b2", "0o8", "1__0", "1_.0", "1e_3", "0x_1", "9223372036854775808e0", "1e-400",
        ])
    func notWholeNumbers(text: String) {
        let found = problems("training: {steps: \(text)}")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("training.steps: expected a whole number, found ") == true)
    }

    @Test(
        "what is no number is refused",
        arguments: [
            "many", ".nan", "nan", "inf", "0x1p3", "1e999", "1.2.3", "1 2", "e5", "'1'", "", "1:30", "1e400", "-1e400",
            "1e-400", "1_", "1._5",
        ])
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

    @Test(
        "a whole number whose leading zero means octal to some readers and nothing to others is refused",
        arguments: [("010", "10"), ("0123", "123"), ("08", "8"), ("-017", "17"), ("0_10", "10")])
    func leadingZeros(text: String, digits: String) {
        let found = problems("training: {steps: \(text)}")
        #expect(found.count == 1)
        #expect(found.first?.contains("expected a whole number without leading zeros, found '\(text)'") == true)
        #expect(found.first?.contains("Write \(digits), or 0o\(digits)") == true, "\(found)")
    }

    @Test(
        "numbers must fit float32, which computes with them, alone, in lists and in ranges",
        arguments: [
            ("training: {learning_rate: 1e39}", "must be at most 3.4028235e+38 in magnitude"),
            ("training: {learning_rate: .inf}", "must be finite, found .inf"),
            ("training: {learning_rate: 1e-39}", "must be 0 or at least 1.1754944e-38"),
            ("training: {clip: 4e38}", "must be at most 3.4028235e+38"),
            ("training: {weight: -.inf}", "must be finite"),
            ("training: {guidance: [1, 1e39]}", "must be at most 3.4028235e+38"),
            ("training: {guidance: [-.inf, 1]}", "must be finite"),
        ])
    func float32(yaml: String, message: String) {
        let found = problems(yaml)
        #expect(found.count == 1 && found.first?.contains(message) == true, "\(found)")
    }

    @Test("numbers at the ends of float32 are accepted")
    func float32Ends() throws {
        let settings = try SampleSettings().reading(
            yaml: "training: {learning_rate: 3.4028234e38, weight: -1.2e-38, clip: 1.2e-38}")
        #expect(settings.training.learningRate == 3.4028234e38 && settings.training.weight == -1.2e-38)
    }

    @Test("carriage returns, a byte order mark and a lone document mark change nothing")
    func lineEnds() throws {
        for yaml in [
            "training:\r\n  steps: 5\r\n  batch: 8\r\n", "\u{FEFF}training:\n  steps: 5\n  batch: 8",
            "---\ntraining: {steps: 5, batch: 8}\n...\n",
        ] {
            let settings = try SampleSettings().reading(yaml: yaml)
            #expect(settings.training.steps == 5 && settings.training.batch == 8)
        }
    }
}
