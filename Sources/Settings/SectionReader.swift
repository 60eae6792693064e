/// Reads one section: hands the given values to the keys and remembers which keys there are.
final class SectionReader: KeyVisitor {
    private let entries: [SettingsNode.Entry]
    private let origin: SettingsNode.Origin
    private let path: String
    private let report: SettingsReport
    private let problemsBefore: Int
    private var keys: [String] = []
    private var qualifier: String?
    private var knowsItsKeys = true

    init(_ entries: [SettingsNode.Entry], at path: String, from origin: SettingsNode.Origin, _ report: SettingsReport) {
        self.entries = entries
        self.origin = origin
        self.path = path
        self.report = report
        problemsBefore = report.problems.count
    }

    func value<Value: SettingsValue>(
        _ key: String, _ value: inout Value, _ requirements: [Requirement<Value>], about: String?
    ) {
        let given = node(key)
        if let given {
            do throws(SettingsMismatch) {
                value = try Value(setting: given)
            } catch {
                return report.add(full(key), error)
            }
        }
        var demands = requirements.filter { !$0.holds(value) }.map(\.demand)
        if demands.isEmpty, let demand = (value as? any Float32Convertible)?.float32Demand { demands = [demand] }
        for demand in demands {
            let found = (given ?? value.setting).description
            let message = "must \(demand), \(given == nil ? "but the default is" : "found") \(found)"
            report.add(.init(full(key), message, given?.origin ?? .none))
        }
    }

    func choice(_ key: String, _ present: String, among choices: [String]) -> String? {
        guard let given = node(key) else { return present }
        do throws(SettingsMismatch) {
            return try given.choice(among: choices)
        } catch {
            knowsItsKeys = false
            report.add(full(key), error)
            return nil
        }
    }

    func section(_ key: String, about: String?, _ bind: (SettingsKeys) -> Void) {
        let given = node(key) ?? .null
        // In a file a section may be left empty; an assignment would drop the file's section without a word.
        guard let entries = given.entries, !given.isNull || given.origin != .assignment else {
            let hint = given.isNull ? "Write --set \(full(key)).KEY=VALUE" : nil
            return report.add(full(key), given.mismatch(expected: "a section with keys", hint: hint))
        }
        let reader = SectionReader(entries, at: full(key), from: given.origin, report)
        bind(SettingsKeys(reader))
        reader.finish()
    }

    func optionalSection(_ key: String, isPresent: Bool, about: String?, _ bind: (SettingsKeys) -> Void) -> Bool {
        let given = entries.first { $0.key == key }?.value
        let isPresent = given.map { !$0.isNull } ?? isPresent
        if let given, given.isMissing {
            _ = node(key)
            report.add(full(key), given.mismatch(expected: "a section with keys, or null for none"))
        } else if isPresent {
            section(key, about: about, bind)
        } else {
            _ = node(key)
        }
        return isPresent
    }

    func sections<Section: SettingsSection>(
        _ key: String, _ sections: inout [Section], _ initial: Section, about: String?
    ) {
        guard let given = node(key) else { return }
        guard let elements = given.elements else {
            return report.add(full(key), given.mismatch(expected: "a list of sections"))
        }
        sections = elements.enumerated().map { index, element in
            let place = "\(full(key))[\(index)]"
            var section = initial
            guard let entries = element.entries, !element.isNull else {
                report.add(place, element.mismatch(expected: "a section with keys"))
                return section
            }
            let reader = SectionReader(entries, at: place, from: element.origin, report)
            section.bind(SettingsKeys(reader))
            reader.finish()
            return section
        }
    }

    func qualify(_ condition: String) {
        qualifier = condition
    }

    func require(_ key: String, blaming culprit: String, _ violation: () -> String?) {
        guard report.problems.count == problemsBefore, let message = violation() else { return }
        report.add(.init(full(key), message, blame(culprit.split(separator: ".")[...], in: entries) ?? origin))
    }

    /// Place of the value at a path of keys, or of the innermost section around it that was given.
    private func blame(_ path: ArraySlice<Substring>, in entries: [SettingsNode.Entry]) -> SettingsNode.Origin? {
        guard let key = path.first, let given = entries.first(where: { $0.key == key })?.value else { return nil }
        return blame(path.dropFirst(), in: given.entries ?? []) ?? given.blame
    }

    /// Reports the given keys that were not asked for.
    func finish() {
        guard knowsItsKeys else { return }
        for entry in entries where !keys.contains(entry.key) {
            report.addUnknown(entry, at: full(entry.key), among: keys, qualifier)
        }
    }

    /// The node given for a key, which is known from now on.
    private func node(_ key: String) -> SettingsNode? {
        checkKey(key, among: keys)
        keys.append(key)
        report.knownPaths.append(full(key))
        return entries.first { $0.key == key }?.value
    }

    private func full(_ key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }
}

/// Gathers the problems of all sections.
final class SettingsReport {
    private(set) var problems: [SettingsError.Problem]
    /// The full paths of all keys met so far.
    var knownPaths: [String] = []
    private var unknown: [UnknownKey] = []

    private struct UnknownKey {
        let entry: SettingsNode.Entry
        let path: String
        let siblings: [String]
        let qualifier: String?
    }

    init(_ problems: [SettingsError.Problem]) {
        self.problems = problems
    }

    func add(_ problem: SettingsError.Problem) {
        problems.append(problem)
    }

    func add(_ path: String, _ mismatch: SettingsMismatch) {
        add(.init(path + mismatch.position, mismatch.message, mismatch.origin, hint: mismatch.hint))
    }

    func addUnknown(_ entry: SettingsNode.Entry, at path: String, among siblings: [String], _ qualifier: String?) {
        unknown.append(UnknownKey(entry: entry, path: path, siblings: siblings, qualifier: qualifier))
    }

    /// Throws all problems, if there are any.
    func check(source: String?) throws(SettingsError) {
        let all = problems + unknown.map(problem)
        if !all.isEmpty {
            throw SettingsError(source: source, problems: all.sorted { $0.origin < $1.origin })
        }
    }

    private func problem(_ key: UnknownKey) -> SettingsError.Problem {
        let message = "unknown key" + (key.qualifier.map { " " + $0 } ?? "")
        return .init(key.path, message, key.entry.origin, hint: hint(for: key))
    }

    /// Near misses beside the key, else the same name in another section, else the keys that there are.
    private func hint(for key: UnknownKey) -> String? {
        let name = key.entry.key
        if let near = key.siblings.didYouMean(name) { return near }
        let elsewhere = knownPaths.filter { path in
            path.split(separator: ".").last.map { String($0).lettersOnly == name.lettersOnly } ?? false
        }
        if !elsewhere.isEmpty { return "Did you mean \(elsewhere.quoted("or"))?" }
        return key.siblings.isEmpty ? nil : "The keys here are \(key.siblings.quoted("and"))."
    }
}

extension SettingsNode {
    /// The keys and values of a section; nothing is a section in which everything keeps its default.
    fileprivate var entries: [Entry]? {
        switch content {
        case .null: []
        case .mapping(let entries): entries
        case .scalar, .list: nil
        }
    }
}
