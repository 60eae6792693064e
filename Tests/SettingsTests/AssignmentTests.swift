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
            ("training=", ""),
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
}
