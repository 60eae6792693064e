internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Data that samples are measured against.
struct ChosenData {
    /// The images, with the part that they really are.
    let data: DataReference
    /// The images that a model would learn from.
    let learned: DataReference
}

extension Evaluate {
    /// The data of a name with or without a part, which must exist.
    func chosenData(named text: String) throws -> ChosenData {
        // A folder that exists comes first, even if there is a colon in its name.
        let asked =
            Place.kind(text) != nil ? DataReference(text, nil) : try DataReference(parsing: text)
        let parts = try DataParts(asked)
        let learned = parts.parts.contains(.train) ? DataReference(asked.name, .train) : parts.reference
        return ChosenData(data: try parts.choose(asked.split), learned: learned)
    }

    /// Refuses samples that are not numbers: as bytes they would be black images, with a distance like any other.
    func requireFinite(_ sets: [Tensor], _ source: String) throws {
        let failed = sets.reduce(0) { $0 + $1.isfinite().flatten(1).all(1).scalars(as: Bool.self).count { !$0 } }
        guard failed > 0 else { return }
        throw RequestError(
            """
            \(failed) of \(sets.reduce(0) { $0 + $1.shape[0] }) samples of \(source) hold NaN or infinity, so they are not \
            measured: the model, or the sampler with these settings, has diverged. Take an earlier checkpoint, other --weights, \
            or more sampling steps.
            """)
    }

    /// Says on standard error what a reader of the numbers must not miss, and fails if there are none.
    func requireNumbers(_ report: EvaluationReport) throws {
        for alert in report.alerts { ProgressOutput.standardError.write("Warning: \(alert)\n") }
        guard report.metrics.isEmpty else { return }
        throw RequestError(
            "None of the metrics could be computed.\n" + report.reasons.map { "  \($0)" }.joined(separator: "\n"))
    }
}

extension DataReference {
    /// The absolute path of a folder or file, without links.
    var place: String { Place.input(name).resolvingSymlinksInPath().standardizedFileURL.path }
}

extension DataSettings {
    /// True if training left out images that cannot be read.
    var skipsUnreadable: Bool {
        if case .images(let images) = self { images.skipUnreadable || images.leftOut?.isEmpty == false } else { false }
    }
}
