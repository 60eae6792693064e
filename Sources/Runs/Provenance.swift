internal import FileFormats
internal import Foundation
internal import RunData
internal import Settings
internal import Training

/// Everything that a run's weights come from, so that it is noticed when a run goes on with something else: the content of
/// `provenance.json`.
struct Provenance: Codable, Equatable {
    /// Changes that the user has accepted.
    struct Acceptance: Codable, Equatable {
        /// Steps that were done with what was before.
        var step: Int
        var changes: [String]
    }

    /// Version of the file's layout.
    var format = 1
    /// The folder in which the run was started: relative paths are meant from there.
    var folder: String
    /// Resolved settings by their full names.
    var settings: [String: String]
    var data: DataFingerprint
    var sourceData: DataFingerprint?
    /// Size and CRC-32 of weight files by the settings that name them.
    var weights: [String: String]
    /// Step from which on examinations compare with each other; nil if they always did.
    var comparableSince: Int?
    /// Former changes, in order.
    var accepted: [Acceptance] = []

    /// The provenance of a run that is about to begin or to go on.
    init(_ context: RunContext, startedIn folder: String) throws {
        self.folder = folder
        settings = Self.flat(context.settings)
        data = try context.data.fingerprint()
        sourceData = try context.sourceData?.fingerprint()
        weights = try context.settings.method.weightFiles.mapValues { file in
            let content = try CRC32(contentsOf: file)
            return "\(content.count) bytes, \(content.hexadecimal)"
        }
    }

    /// What a run's folder says; nil of a run that has no record.
    ///
    /// - Throws: ``TrainingError`` if the file is damaged.
    static func read(of run: RunFolder) throws -> Provenance? {
        guard let data = FileManager.default.contents(atPath: run.provenance.path) else { return nil }
        do {
            return try JSONDecoder().decode(Provenance.self, from: data)
        } catch {
            throw TrainingError(
                """
                \(run.provenance.path) is damaged, so it cannot be told whether data and settings are still the same. Put back \
                a copy, or remove the file to go on without that check.
                """)
        }
    }

    func write(to run: RunFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: run.provenance)
    }

    /// Settings by their full names, such as `training.steps`, each with its YAML on one line.
    static func flat(_ settings: RunSettings) -> [String: String] {
        var flat: [String: String] = [:]
        var section: [Substring] = []
        for line in settings.yaml(comments: false).split(separator: "\n") {
            let text = line.drop { $0 == " " }
            guard let colon = text.firstIndex(of: ":") else { continue }
            section = section.prefix((line.count - text.count) / 2) + [text[..<colon]]
            let value = text[text.index(after: colon)...].drop { $0 == " " }
            if !value.isEmpty { flat[section.joined(separator: ".")] = String(value) }
        }
        return flat
    }
}

extension RunFolder {
    /// The record of data and settings.
    var provenance: URL { url.appending(path: "provenance.json") }
}

extension RunSettings {
    /// Names of the settings that hold paths.
    var pathKeys: Set<String> {
        var keys: Set<String> = ["data.path", "source_data.path"]
        var copy = method
        copy.changePaths { key, path in
            keys.insert("method.\(key)")
            return path
        }
        return keys
    }

    /// Makes relative paths absolute: a run can then be resumed, sampled and measured in any folder.
    ///
    /// A leading `~` is a name like any other; shells replace it, files have none.
    public mutating func resolvePaths(in folder: String) {
        func absolute(_ path: String) -> String { path.isEmpty || path.hasPrefix("/") ? path : "\(folder)/\(path)" }
        data.changePath(absolute)
        sourceData?.changePath(absolute)
        method.changePaths { _, path in absolute(path) }
    }
}
