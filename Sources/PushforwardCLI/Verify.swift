internal import ArgumentParser
internal import Foundation
internal import Pushforward
internal import Verification

/// Compares this installation with the authors' numbers.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Recompute the authors' reference vectors and compare.",
        discussion: """
            The folder holds a manifest.json that names its files and how they were computed; other files are ignored. Each
            line names a case, the quantity that is nearest to its tolerance, its largest error, and how far inputs
            and parameters that differ by 1e-7 move it. A case that differs no more than such inputs explain is marked cond: it passes, since
            the authors' own rounding decides its digits. Exit code 1 if a case fails.

            Examples:
              pushforward verify --vectors vectors
              pushforward verify --vectors vectors --failures-only
            """)

    @Option(help: ArgumentHelp("Folder with manifest.json.", valueName: "folder"))
    var vectors: String

    @Flag(help: "Leave out the lines of cases that agree.")
    var failuresOnly = false

    @OptionGroup var machine: ThreadOptions

    func run() throws {
        let verification = try Verification(folder: Place.folder(vectors))
        let summary = verification.run { result in
            if failuresOnly, result.agrees { return }
            print(result.line)
        }
        if summary.illConditioned > 0 {
            let count = summary.illConditioned
            print("\(count) of the cases that passed \(count == 1 ? "is" : "are") ill-conditioned (cond)")
        }
        print("\(summary.passed) passed, \(summary.failed) failed, \(summary.skipped) skipped")
        if summary.failed > 0 { throw ExitCode(1) }
    }
}

extension CaseResult {
    fileprivate var agrees: Bool { if case .compared(let comparison) = outcome { comparison.agrees } else { false } }

    /// Such as `pass  drift_loss/c01   3.1e-07 of 1.0e-03   gradient`.
    fileprivate var line: String {
        let place = name.padding(toLength: max(56, name.count), withPad: " ", startingAt: 0)
        switch outcome {
        case .compared(let comparison):
            let numbers = "\(Self.short(comparison.error)) of \(Self.short(comparison.tolerance))"
            let verdict = comparison.agrees ? "pass" : comparison.isIllConditioned ? "cond" : "FAIL"
            let response = comparison.response.map { "; inputs off by 1e-7 move it by \(Self.short($0))" } ?? ""
            return "\(verdict)  \(place)  \(numbers)  \(comparison.quantity)\(response)"
        case .broken(let reason): return "FAIL  \(place)  \(reason)"
        case .skipped(let reason): return "skip  \(place)  \(reason)"
        }
    }

    private static func short(_ value: Double) -> String {
        value == 0 ? "0      " : String(format: "%.1e", value)
    }
}
