/// Writes one section: collects its keys, values and comments.
final class SectionWriter: KeyVisitor {
    private(set) var entries: [SettingsNode.Entry] = []

    func value<Value: SettingsValue>(
        _ key: String, _ value: inout Value, _ requirements: [Requirement<Value>], about: String?
    ) {
        append(key, value.setting, about)
    }

    func choice(_ key: String, _ present: String, among choices: [String]) -> String? {
        append(key, .text(present), "One of \(choices.joined(separator: ", ")).")
        return present
    }

    func section(_ key: String, about: String?, _ bind: (SettingsKeys) -> Void) {
        let writer = SectionWriter()
        bind(SettingsKeys(writer))
        append(key, SettingsNode(.mapping(writer.entries)), about)
    }

    func optionalSection(_ key: String, isPresent: Bool, about: String?, _ bind: (SettingsKeys) -> Void) -> Bool {
        if isPresent {
            section(key, about: about, bind)
        } else {
            append(key, .null, about)
        }
        return isPresent
    }

    func sections<Section: SettingsSection>(
        _ key: String, _ sections: inout [Section], _ initial: Section, about: String?
    ) {
        let nodes = sections.map { section in
            var copy = section
            let writer = SectionWriter()
            copy.bind(SettingsKeys(writer))
            return SettingsNode(.mapping(writer.entries))
        }
        append(key, .list(nodes), about)
    }

    func qualify(_ condition: String) {}

    func require(_ key: String, blaming culprit: String, _ violation: () -> String?) {}

    private func append(_ key: String, _ value: SettingsNode, _ comment: String?) {
        checkKey(key, among: entries.map(\.key))
        entries.append(.init(key: key, value: value, comment: comment))
    }
}
