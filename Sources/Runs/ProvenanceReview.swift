internal import Foundation
internal import RunData
internal import Training

/// Differences between what a run came from and what it is to go on with.
struct ProvenanceReview {
    /// Differences that leave the weights what they would be, or that are meant: they are told.
    private(set) var told: [String] = []
    /// Differences that would quietly change what the run learns.
    private(set) var refused: [String] = []
    /// True if numbers of later examinations do not compare with those before.
    private(set) var endsComparison = false

    /// Compares.
    ///
    /// - Parameters:
    ///   - now: Provenance of the present settings and data.
    ///   - former: Provenance of the run.
    ///   - paths: Names of the settings that hold paths, whose content decides.
    init(_ now: Provenance, since former: Provenance, paths: Set<String>) {
        // Checkpoints know method and seed, and refuse others with better words.
        guard now.settings["method.name"] == former.settings["method.name"],
            now.settings["training.seed"] == former.settings["training.seed"]
        else { return }
        refused = now.data.changes(since: former.data).map { "data: \($0)" }
        if let source = now.sourceData, let other = former.sourceData {
            refused += source.changes(since: other).map { "source_data: \($0)" }
        }
        for (key, content) in now.weights.sorted(by: { $0.key < $1.key }) {
            guard let other = former.weights[key], other != content else { continue }
            refused.append("\(key): the content of the file differs (\(content); it was \(other))")
        }
        for change in Self.changes(from: former.settings, to: now.settings) {
            let text =
                "\(change.key): \(Self.said(change.key, change.now)), was \(Self.said(change.key, change.former))"
            if paths.contains(change.key) || Self.isHarmless(change.key) {
                told.append(text)
            } else {
                refused.append(text)
            }
            endsComparison = endsComparison || ["evaluation.judge", "evaluation.samples"].contains(change.key)
        }
        endsComparison = endsComparison || !refused.isEmpty
    }

    /// A value for people: steps without a limit are no number.
    private static func said(_ key: String, _ value: String) -> String {
        key == "training.steps" && Int(value).map { $0 >= TrainingSettings.unlimited } ?? false
            ? "as many as fit" : value
    }

    private struct Change {
        let key: String
        let former: String
        let now: String
    }

    /// Settings that both versions know and that differ; what another version of this program has beyond that is left out.
    private static func changes(from former: [String: String], to now: [String: String]) -> [Change] {
        /// A section that was null, or is now, is there under its own name.
        func value(_ key: String, in settings: [String: String]) -> String? {
            settings[key] ?? (settings.keys.contains { $0.hasPrefix(key + ".") } ? "a section" : nil)
        }
        return Set(former.keys).union(now.keys).sorted().compactMap { key in
            guard let before = value(key, in: former), let after = value(key, in: now), before != after else {
                return nil
            }
            return Change(key: key, former: before, now: after)
        }
    }

    /// True of settings that do not change what is learned from the same steps: how often files are written, pictures, ways to
    /// sample, the machine, and the length, which grows on purpose.
    private static func isHarmless(_ key: String) -> Bool {
        let parts = key.split(separator: ".")
        guard let first = parts.first, let last = parts.last else { return false }
        let anywhere: Set<Substring> = ["checkpoint_every", "keep_checkpoints", "log_every"]
        let training: Set<Substring> = ["steps", "minutes", "device", "threads"]
        // What is left out, and how much is kept in memory, shows in the content of the data.
        let data: Set<Substring> = [
            "memory", "skip_unreadable", "left_out", "classes", "channels", "shape", "dimensions",
        ]
        return ["evaluation", "sampling"].contains(first) || anywhere.contains(last)
            || first == "training" && parts.count == 2 && training.contains(last)
            || first.hasSuffix("data") && parts.count == 2 && data.contains(last)
    }

    /// Refuses to go on with what would change the run quietly.
    func require(in run: RunFolder) throws {
        guard !refused.isEmpty else { return }
        let list = refused.map { "\n  \($0)" }.joined()
        throw TrainingError(
            """
            \(run.url.relativePath): not everything is as the run had it:\(list)
            Put it back, start a new run, or go on with what is there now by --accept-changes, which the run records.
            """)
    }
}
