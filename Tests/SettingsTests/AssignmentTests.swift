import Settings
import Testing

@Suite("Assignments on the command line")
struct AssignmentTests {
    @Test("values are YAML: scalars, lists, whole sections; the last assignment wins")
    func values() throws {
        let settings = try SampleSettings().reading(
            yaml: "training: {steps: 5}\nmodel: {width: 16}",
            setting: [
                "training.steps=6", "training.steps=7", "data.labels=[4, 5]", "data.root=a=b", "training.clip=null",
                "model={name: mlp, layers: [8, 8]}", "encoder.minutes=1.5", "optimiser.kind=sgd",
            ])
        #expect(settings.training.steps == 7)
        #expect(settings.data.labels == [4, 5])
        #expect(settings.data.root == "a=b")
        #expect(settings.training.clip == nil)
        #expect(settings.model as? MLPModel == MLPModel(layers: [8, 8]))
        #expect(settings.encoder?.minutes == 1.5)
        #expect(settings.optimiser == .sgd(SampleSettings.SGD()))
    }

    @Test(
        "errors are those of a file, and say where they come from",
        arguments: [
            ("training.stepz=1", "training.stepz: unknown key (from --set). Did you mean 'steps'?"),
            ("training.steps=many", "training.steps: expected a whole number, found 'many' (from --set)"),
            ("training.steps=0", "training.steps: must be at least 1, found 0 (from --set)"),
            ("training.steps", "training.steps: has no '=' (from --set). Write --set section.key=value"),
            ("=1", "=1: has no key before '=' (from --set). Write --set section.key=value"),
            ("a..b=1", "a..b=1: has no key before '=' (from --set). Write --set section.key=value"),
            (
                "training.steps.x=1",
                "training.steps.x: 'training.steps' is '5', not a section (from --set)"
            ),
            (
                "training=",
                "training: expected a section with keys, found nothing (from --set). Write --set training.KEY=VALUE"
            ),
            (
                "training=null",
                "training: expected a section with keys, found nothing (from --set). Write --set training.KEY=VALUE"
            ),
            (
                "training= # nothing",
                "training: expected a section with keys, found nothing (from --set). Write --set training.KEY=VALUE"
            ),
            ("model=", "model: expected a section with keys, found nothing (from --set). Write --set model.KEY=VALUE"),
            ("encoder=", "encoder: expected a section with keys, or null for none, found nothing (from --set)"),
            ("judge=", "judge: expected a section with keys, or null for none, found nothing (from --set)"),
            ("encoder=null", ""),
            ("training.clip=", "training.clip: expected a value, or null for none, found nothing (from --set)"),
            ("training.clip=null", ""),
            ("training.steps=", "training.steps: expected a whole number, found nothing (from --set)"),
            (
                "data={root: a, root: b}",
                "data.root: given before, on line 1 (from --set). Quotes make a text of it: --set 'data=\"...\"'"
            ),
        ])
    func errors(assignment: String, message: String) {
        #expect(problems("training:\n  steps: 5", setting: [assignment]).joined() == message)
    }

    @Test("a value that is not YAML asks for quotes")
    func quotes() {
        let found = problems("", setting: ["data.root=@home"])
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("data.root: not valid YAML"))
        #expect(found[0].hasSuffix("Quotes make a text of it: --set 'data.root=\"...\"'"))
    }

    @Test("the kind of a section may be given before or after its other keys")
    func kindInAnyOrder() throws {
        let assignments = ["model.layers=[7]", "model.name=mlp", "model.activation=relu"]
        for order in [[0, 1, 2], [1, 0, 2], [2, 0, 1], [0, 2, 1]] {
            let settings = try SampleSettings().reading(
                yaml: "training: {steps: 5}", setting: order.map { assignments[$0] })
            #expect(settings.model as? MLPModel == MLPModel(layers: [7], activation: "relu"))
        }
    }

    @Test(
        "a list without brackets is answered with the list",
        arguments: [
            ("optimiser.betas=0.9,0.99", "Write [0.9, 0.99]"), ("optimiser.betas=0.9, 0.99", "Write [0.9, 0.99]"),
            ("optimiser.betas=0.9 0.99", "Write [0.9, 0.99]"), ("optimiser.betas=(0.9,0.99)", "Write [0.9, 0.99]"),
            ("data.labels=3", "A list of one is written [3]."), ("data.labels=3,", "Write [3]"),
        ])
    func lists(assignment: String, hint: String) {
        let found = problems("", setting: [assignment])
        #expect(found.count == 1 && found[0].contains("expected a list") && found[0].hasSuffix(hint), "\(found)")
    }

    @Test("a conflict between values names the one that an assignment gave, not the line of its section")
    func blame() {
        let yaml = "training:\n  batch: 8\n  classes: 8"
        #expect(
            problems(yaml, setting: ["training.batch=12"]) == [
                "training.batch: must be a multiple of classes (8), found 12 (from --set)"
            ])
        #expect(nested("outer:\n  inner:\n    a: 2", []) == ["outer: has a = 2 (line 3)"])
        #expect(nested("outer:\n  inner:\n    a: 2", ["outer.other=1"]) == ["outer: has a = 2 (line 3)"])
        #expect(nested("outer:\n  inner:\n    a: 1", ["outer.inner.a=2"]) == ["outer: has a = 2 (from --set)"])
        #expect(nested("outer:\n  other: 1", ["outer.inner={a: 2}"]) == ["outer: has a = 2 (from --set)"])
    }

    private func nested(_ yaml: String, _ assignments: [String]) -> [String] {
        struct Inner: SettingsSection {
            var a = 1
            mutating func bind(_ key: SettingsKeys) { key("a", &a) }
        }
        struct Outer: SettingsSection {
            var inner = Inner()
            var other = 0
            mutating func bind(_ key: SettingsKeys) {
                key.section("inner", &inner)
                key("other", &other)
            }
        }
        struct Root: SettingsSection {
            var outer = Outer()
            mutating func bind(_ key: SettingsKeys) {
                key.section("outer", &outer)
                key.require(
                    outer.inner.a != 2, "outer", "has a = \(outer.inner.a)", blaming: "outer.inner.a")
            }
        }
        do throws(SettingsError) {
            _ = try Root().reading(yaml: yaml, setting: assignments)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("a section drops no key of its own kind, in whatever order it is given")
    func sections() throws {
        for assignments in [
            ["training.steps=7", "training={seed: 3}"], ["training={seed: 3}", "training.steps=7"],
            ["training={seed: 3, steps: 7}"],
        ] {
            let settings = try SampleSettings().reading(yaml: "training: {clip: 2.5}", setting: assignments)
            #expect(settings.training.steps == 7 && settings.training.seed == 3 && settings.training.clip == 2.5)
        }
    }

    @Test("the value of one key can be asked for, in whatever form it is given")
    func text() {
        for assignments in [["a.b=x"], ["a={b: x}"], ["a.c=1", "a.b=y", "a.b='x'"]] {
            #expect(Assignments.text(at: "a.b", in: assignments) == "x")
        }
        #expect(Assignments.text(at: "a.b", in: ["a.c=1", "nonsense"]) == nil)
    }
}
