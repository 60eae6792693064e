import Settings
import Testing

@Suite("Writing settings")
struct WritingTests {
    @Test("keys stand in the order in which they are bound, with their comments")
    func text() {
        #expect(
            SampleSettings().yaml() == """
                data:
                  # Which data set.
                  name: fashion_mnist
                  root: /usr/share/data
                  labels: [0, 1, 2]
                # The generator.
                model:
                  # One of conv_generator, mlp.
                  name: conv_generator
                  width: 64
                optimiser:
                  # One of adamw, sgd.
                  kind: adamw
                  betas: [0.9, 0.95]
                training:
                  # Optimiser steps.
                  steps: 1000
                  seed: 0
                  learning_rate: 0.002
                  # Largest norm of the gradient; null for none.
                  clip: 2.0
                  decays: [0.995]
                  guidance: [1.0, 4.0]
                  weight: 0.1
                  mixed: true
                  batch: 32
                  classes: 8
                encoder: null
                judge: null

                """)
    }

    @Test("long comments are broken into lines, and can be left out")
    func comments() {
        struct Wordy: SettingsSection {
            var value = 1
            mutating func bind(_ key: SettingsKeys) {
                key("value", &value, about: String(repeating: "word ", count: 60))
            }
        }
        let lines = Wordy().yaml().split(separator: "\n")
        #expect(lines.count == 5)  // 19 words of five letters fit beside the number sign.
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix("# word") && $0.count <= 100 })
        #expect(Wordy().yaml(comments: false) == "value: 1\n")
    }

    @Test("what is written reads as the same values: random settings", arguments: 0..<300)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        var settings = SampleSettings()
        settings.data.root = random.text()
        settings.data.labels = (0...random.below(4)).map { _ in random.below(10) }
        settings.data.name = SampleSettings.Source.allCases[random.below(3)]
        settings.training.seed = random.next()
        settings.training.learningRate = random.positive()
        settings.training.clip = Bool.random(using: &random) ? nil : random.positive()
        settings.training.weight = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
        if !settings.training.weight.isNormal { settings.training.weight = 0 }
        settings.training.isMixed = Bool.random(using: &random)
        settings.encoder = Bool.random(using: &random) ? nil : SampleSettings.Encoder(minutes: random.positive())
        settings.judge =
            [nil, .sgd(SampleSettings.SGD(momentum: 0.5)), .adamW(SampleSettings.AdamW())][random.below(3)]
        if Bool.random(using: &random) {
            settings.model = MLPModel(layers: [random.below(1000)], activation: random.text())
            settings.optimiser = .sgd(SampleSettings.SGD(momentum: Double.random(in: 0..<1, using: &random)))
        }
        #expect(try SampleSettings().reading(yaml: settings.yaml()) == settings)
        #expect(try SampleSettings().reading(yaml: settings.yaml(comments: false)) == settings)
    }

    @Test(
        "texts that look like something else stay texts",
        arguments: [
            "", " ", "null", "~", "true", "No", "1", "1e3", "-", "- a", "a: b", "a #b", "#", "'", "\"", "\\", "[",
            "{a}",
            "*a", "&a", "!a", "%a", "@a", "`a", "a\nb", "a\tb", "\u{0}", "\u{7F}", "\u{85}", "\u{2028}", "a\u{FEFF}",
            "é",
            "日本", "😀", "a ", " a", "---", "...", "<<", "=", "2024-01-01", "0x10", ".inf", "y", "C:\\x", "a,b",
            "\u{FFFF}",
        ])
    func texts(text: String) throws {
        var settings = SampleSettings()
        settings.model = MLPModel(activation: text)
        let again = try SampleSettings().reading(yaml: settings.yaml())
        #expect((again.model as? MLPModel)?.activation == text)
    }
}

@Suite("Lists of sections")
struct SectionListTests {
    private struct Item: SettingsSection, Hashable {
        var name = "none"
        var steps = 3
        mutating func bind(_ key: SettingsKeys) {
            key("name", &name)
            key("steps", &steps, .in(1...), about: "Steps.")
        }
    }

    private struct Whole: SettingsSection {
        var items: [Item] = []
        var changes = SettingsOverrides()
        mutating func bind(_ key: SettingsKeys) {
            key.sections("items", &items, initial: Item(), about: "The items.")
            key("changes", &changes)
        }
    }

    @Test("are read with the defaults of each element, and what is written is read again")
    func roundTrip() throws {
        let read = try Whole().reading(
            yaml: "items:\n  - {name: a}\n  - {name: b, steps: 7}\nchanges: {x: {y: [1, 2], z: 'no'}}")
        #expect(read.items.map(\.name) == ["a", "b"] && read.items.map(\.steps) == [3, 7])
        #expect(read.changes.assignments() == ["x={y: [1, 2], z: \"no\"}"])
        #expect(read.changes.text(at: "x.z") == "no")
        #expect(read.text(at: "items") != nil && read.text(at: "nothing") == nil)
        let again = try Whole().reading(yaml: read.yaml())
        #expect(again.items == read.items && again.changes.assignments() == read.changes.assignments())
    }

    @Test("name the element of a mistake, all mistakes together")
    func mistakes() throws {
        let error = #expect(throws: SettingsError.self) {
            try Whole().reading(yaml: "items:\n  - {name: a, steps: 0}\n  - {nam: b}\n  - 5\nchanges: 3")
        }
        let text = try #require(error).description
        for part in [
            "items[0].steps: must be", "items[1].nam: unknown key", "items[2]: expected a section",
            "changes: expected keys",
        ] {
            #expect(text.contains(part), "\(text)")
        }
    }
}
