import Settings
import Testing

@Suite("Errors in settings")
struct ErrorTests {
    @Test("every problem is reported at once, by line, with path and near misses")
    func together() throws {
        let yaml = """
            trainning:
              steps: 3
            training:
              stepz: 100
              steps: many
              learning_rate: -1
              mixed: perhaps
            data:
              name: fashion_mnits
              labels: [1, x, 3]
            steps: 5
            """
        let error = #expect(throws: SettingsError.self) {
            try SampleSettings().reading(yaml: yaml, from: "fast.yaml", setting: ["training.batch=0", "model.widht=8"])
        }
        #expect(
            error?.description == """
                fast.yaml: 10 problems
                  trainning: unknown key (line 1). Did you mean 'training'?
                  training.stepz: unknown key (line 4). Did you mean 'steps'?
                  training.steps: expected a whole number, found 'many' (line 5)
                  training.learning_rate: must be above 0, found -1 (line 6)
                  training.mixed: expected true or false, found 'perhaps' (line 7)
                  data.name: 'fashion_mnits' is not one of 'fashion_mnist', 'mnist' or 'two_modes' (line 9). \
                Did you mean 'fashion_mnist'?
                  data.labels[1]: expected a whole number, found 'x' (line 10)
                  steps: unknown key (line 11). Did you mean 'training.steps'?
                  training.batch: must be from 1 to 4096, found 0 (from --set)
                  model.widht: unknown key for name 'conv_generator' (from --set). Did you mean 'width'?
                """)
    }

    @Test("keys that resemble nothing are answered with the keys that there are")
    func unlike() {
        #expect(
            problems("encoder: {zzz: 1}") == ["encoder.zzz: unknown key (line 1). The keys here are 'minutes'."])
    }

    @Test(
        "a slip of spelling finds its key",
        arguments: [
            ("learningRate", "learning_rate"), ("learning-rate", "learning_rate"), ("lerning_rate", "learning_rate"),
            ("sede", "seed"), ("classe", "classes"), ("dceays", "decays"), ("Steps", "steps"),
        ])
    func nearMisses(slip: String, key: String) {
        let found = problems("training: {\(slip): 1}")
        #expect(found == ["training.\(slip): unknown key (line 1). Did you mean '\(key)'?"])
    }

    @Test("keys of another kind are unknown, and an unknown kind is the only problem of its section")
    func kinds() {
        #expect(
            problems("model:\n  name: mlp\n  width: 8") == [
                "model.width: unknown key for name 'mlp' (line 3). The keys here are 'name', 'layers' and 'activation'."
            ])
        #expect(
            problems("model: {name: conv_gen, widht: 8}") == [
                "model.name: 'conv_gen' is not one of 'conv_generator' or 'mlp' (line 1)"
            ])
    }

    @Test("a repeated key is reported with its path and both lines, wherever it stands")
    func repeatedKeys() {
        let yaml = """
            training:
              steps: 1
              batch: 8
              steps: 2
              "batch": 16
              'batch': 24
            data: {root: a, root: b}
            model:
              name: mlp
              name: mlp
            """
        #expect(
            problems(yaml) == [
                "training.steps: given before, on line 2 (line 4)",
                "training.batch: given before, on line 3 (line 5)",
                "training.batch: given before, on line 5 (line 6)",
                "data.root: given before, on line 7 (line 7)",
                "model.name: given before, on line 9 (line 10)",
            ])
    }

    @Test("repeated keys with anchors or carriage returns still name key and line")
    func awkwardRepeatedKeys() {
        #expect(
            problems("training:\r\n  steps: 1\r\n  steps: 2\r\n") == [
                "training.steps: given before, on line 2 (line 3)"
            ])
        #expect(problems("é: 1\n\u{FEFF}") != [])
        let anchored = problems("training:\n  &k steps: 1\n  steps: 2\n  batch: *k\n")
        #expect(anchored.count == 1 && anchored[0].contains("steps"))
        #expect(anchored[0].contains("line 2"))
    }

    @Test("text that is not YAML is refused with its line")
    func syntax() {
        #expect(problems("training: {steps: 1").first?.contains("not valid YAML") == true)
        let tab = problems("training:\n\tsteps: 1")
        #expect(tab.count == 1 && tab[0].contains("(line 2)") && tab[0].contains("not by tabs"))
        let two = problems("a: 1\n---\nb: 2")
        #expect(two.count == 1 && two[0].contains("single document"))
        #expect(problems("- 1\n- 2") == ["expected keys and values, found a list of 2 (line 1)"])
        #expect(problems("training: 3") == ["training: expected a section with keys, found '3' (line 1)"])
        #expect(
            problems("training: {steps: {a: 1}}") == [
                "training.steps: expected a whole number, found a section with keys (line 1)"
            ])
        #expect(problems("? [a]\n: 1").first?.contains("a key must be a text") == true)
    }

    @Test("requirements name what they demand, for values, lists and absent values")
    func requirements() {
        #expect(problems("data: {labels: []}") == ["data.labels: must not be empty, found [] (line 1)"])
        #expect(
            problems("data: {labels: [1, 10]}") == [
                "data.labels: must have only elements that are from 0 to 9, found [1, 10] (line 1)"
            ])
        #expect(
            problems("optimiser: {betas: [0.9]}") == [
                "optimiser.betas: must have a count that is 2, found [0.9] (line 1)"
            ])
        #expect(problems("training: {clip: 0}") == ["training.clip: must be above 0, found 0 (line 1)"])
        #expect(problems("training: {clip: null}").isEmpty)
        #expect(problems("encoder: {minutes: .inf}") == ["encoder.minutes: must be finite, found .inf (line 1)"])
        #expect(problems("model: {width: 12}") == ["model.width: must be a multiple of 8, found 12 (line 1)"])
        #expect(
            problems("training: {seed: -1}") == [
                "training.seed: expected a whole number from 0 to 18446744073709551615, found '-1' (line 1)"
            ])
        #expect(
            problems("training: {guidance: [4, 1]}") == [
                "training.guidance: expected a range [low, high], found a list of 2 (line 1)"
            ])
        #expect(
            problems("training: {decays: 0.9}") == [
                "training.decays: expected a list, found '0.9' (line 1). A list of one is written [0.9]."
            ])
    }

    @Test("a default that fails its requirement is reported as not given")
    func required() {
        struct Needy: SettingsSection {
            var root = ""
            mutating func bind(_ key: SettingsKeys) { key("root", &root, .nonEmpty) }
        }
        let error = #expect(throws: SettingsError.self) { try Needy().reading(yaml: "") }
        #expect(error?.description == "settings: root: must not be empty, but the default is \"\"")
        #expect(throws: Never.self) { try Needy().reading(yaml: "root: x") }
    }

    @Test("a check of several values names the key, and waits until each is right by itself")
    func crossChecks() {
        #expect(
            problems("training:\n  batch: 12") == [
                "training.batch: must be a multiple of classes (8), found 12 (line 2)"
            ])
        #expect(problems("training:\n  batch: x\n  classes: 3").count == 1)
    }
}
