import Settings
import Testing

@Suite("Anchors, aliases, merge keys and tags")
struct MergeTests {
    @Test("a merge key adds a section's keys, and the section's own keys come first, wherever they stand")
    func merge() throws {
        let yaml = """
            encoder: &shared {minutes: 3}
            training:
              steps: 5
              <<: &more {steps: 7, batch: 16}
              classes: 4
            """
        let settings = try SampleSettings().reading(yaml: yaml)
        #expect(settings.training.steps == 5 && settings.training.batch == 16 && settings.training.classes == 4)
        let alias = try SampleSettings().reading(
            yaml: "optimiser: &o {kind: sgd, momentum: 0.5}\njudge:\n  <<: {name: sgd}\n  momentum: 0.25")
        #expect(alias.judge == .sgd(SampleSettings.SGD(momentum: 0.25)))
    }

    @Test("of several merged sections the first counts, and a merged section may itself merge")
    func several() throws {
        let yaml = """
            training:
              <<: [&a {steps: 1, batch: 8}, {steps: 2, classes: 4, <<: *a}, {seed: 9}]
            """
        let settings = try SampleSettings().reading(yaml: yaml).training
        #expect(settings.steps == 1 && settings.batch == 8 && settings.classes == 4 && settings.seed == 9)
    }

    @Test("a mistake in merged keys names the line on which it stands")
    func mistakes() {
        let yaml = """
            encoder: &e
              minutes: 3
            training:
              <<: *e
            """
        #expect(problems(yaml).first?.hasPrefix("training.minutes: unknown key (line 2)") == true)
        #expect(
            problems("training:\n  <<: 3") == [
                "training.<<: must be a section or a list of sections to merge, such as *name (line 2)"
            ])
        #expect(problems("training:\n  <<: {steps: 1}\n  <<: {batch: 8}").first?.contains("given before") == true)
        // In quotes it is a key like any other.
        #expect(problems("training: {'<<': {steps: 1}}").first?.contains("training.<<: unknown key") == true)
    }

    @Test("an alias stands for whole lists and sections")
    func aliases() throws {
        let settings = try SampleSettings().reading(
            yaml: "data: {labels: &l [4, 5]}\nmodel: {name: mlp, layers: *l}\ntraining: {decays: []}")
        #expect(settings.model as? MLPModel == MLPModel(layers: [4, 5]))
        #expect(problems("training: {steps: *nowhere}").first?.contains("undefined alias") == true)
    }

    @Test("YAML's own tags say what a value is, and others are refused")
    func tags() throws {
        #expect(try SampleSettings().reading(yaml: "training: {steps: !!int 5}").training.steps == 5)
        #expect(try SampleSettings().reading(yaml: "data: {root: !!str 5}").data.root == "5")
        #expect(
            problems("training: {steps: !!str 5}") == [
                "training.steps: expected a whole number, found the text '5' (line 1)"
            ])
        for tag in ["!!python/object:os.system", "!custom", "!!binary", "!!set"] {
            let found = problems("training: {steps: \(tag) 5}")
            #expect(found.first?.contains("which settings do not know (line 1)") == true, "\(found)")
            #expect(found.first?.hasPrefix("training.steps: has the tag ") == true)
        }
    }
}
