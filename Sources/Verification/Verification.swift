internal import Artifacts
public import Foundation
internal import Torch

/// A user's check of an installation: recomputes the authors' reference vectors and compares.
///
/// A folder of vectors holds a `manifest.json` that names its files, their tensors and the configurations that they were
/// computed with. What the manifest names is checked or listed as skipped; other files are ignored. Nothing depends on
/// particular values, sizes or numbers of cases.
public struct Verification {
    private let vectors: VectorFolder

    /// A check of a folder.
    ///
    /// - Throws: ``VerificationError`` if there is no such folder, or no manifest in it that can be read.
    public init(folder: URL) throws { vectors = try VectorFolder(folder) }

    /// Runs all checks.
    ///
    /// - Parameter report: Told each case when it is decided.
    /// - Returns: Numbers of cases that passed, failed and were skipped.
    @discardableResult
    public func run(_ report: (CaseResult) -> Void = { _ in }) -> Summary {
        // The cases are small: several threads would mostly wait for each other.
        let threads = Machine.threads
        Machine.threads = 1
        defer { Machine.threads = threads }
        var summary = Summary()
        func take(_ recorder: CaseRecorder) {
            for result in recorder.results {
                summary.count(result)
                report(result)
            }
        }
        for file in vectors.files { take(results(of: file)) }
        if let schedules = vectors.schedules {
            let recorder = CaseRecorder(family: "lr_schedule")
            LearningRateCheck.run(schedules, recorder)
            take(recorder)
        }
        return summary
    }

    private func results(of file: VectorFolder.Entry) -> CaseRecorder {
        let recorder = CaseRecorder(family: file.family)
        if let check = VectorCheck.all.first(where: { $0.covers(file.name) }) {
            recorder.attempt(file.name) {
                try check.run(vectors.open(file.name), vectors, recorder)
                guard recorder.results.isEmpty, check.hasCases else { return }
                throw VerificationError("manifest.json: \(file.name) is named, but no case of it is described.")
            }
        } else {
            recorder.skip(file.name, because: "this version knows no such vectors")
        }
        return recorder
    }

    /// Number of cases by end.
    public struct Summary: Sendable, Hashable {
        /// Cases that agree, or differ because they are ill-conditioned.
        public private(set) var passed = 0
        /// Of these, cases that differ: perturbed inputs move them as far.
        public private(set) var illConditioned = 0
        /// Cases that do not, or could not be computed.
        public private(set) var failed = 0
        /// Cases that were not looked at.
        public private(set) var skipped = 0

        fileprivate mutating func count(_ result: CaseResult) {
            switch result.outcome {
            case .compared(let comparison) where comparison.passes:
                passed += 1
                if comparison.isIllConditioned { illConditioned += 1 }
            case .compared, .broken: failed += 1
            case .skipped: skipped += 1
            }
        }
    }
}

/// Reason for which a case is not looked at: thrown by a check that meets something newer than itself.
struct Unknown: Error {
    let reason: String
}

/// Reason for which vectors cannot be used: the file, the mistake, and the way to fix it.
public struct VerificationError: Error, Sendable, CustomStringConvertible {
    /// The whole message.
    public let description: String

    init(_ description: String) { self.description = description }
}
