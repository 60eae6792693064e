import Foundation
import TestSupport
import Testing
import Torch
import Verification

/// The folder `Fixtures/vectors` holds numbers of the authors' release; see Fixtures/make_fixtures.py.
@Suite("Verification of an installation")
struct VerificationTests {
    private static let wholeFolder = ProcessInfo.processInfo.environment["PUSHFORWARD_RELEASE_VECTORS"]
    private static let folder = fixtures().appending(path: "vectors")

    private func results(of folder: URL) throws -> (Verification.Summary, [String: CaseResult.Outcome]) {
        var outcomes: [String: CaseResult.Outcome] = [:]
        let summary = try Verification(folder: folder).run { outcomes[$0.name] = $0.outcome }
        return (summary, outcomes)
    }

    /// Result of a check of a copy of the folder that `change` has changed.
    private func results(
        after change: (URL) throws -> Void
    ) throws -> (Verification.Summary, [String: CaseResult.Outcome]) {
        try withTemporaryFolder { folder in
            let copy = folder.appending(path: "vectors")
            try FileManager.default.copyItem(at: Self.folder, to: copy)
            try change(copy)
            return try results(of: copy)
        }
    }

    private func rewrite(_ file: URL, _ change: (inout [String: Tensor]) -> Void) throws {
        var tensors = try SafetensorsFile(file).tensors.mapValues { $0.clone() }
        change(&tensors)
        try SafetensorsFile.write(tensors.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }, to: file)
    }

    private func rewriteManifest(_ folder: URL, _ text: String, with other: String) throws {
        let file = folder.appending(path: "manifest.json")
        let manifest = try String(contentsOf: file, encoding: .utf8)
        #expect(manifest.contains(text))
        try manifest.replacing(text, with: other).write(to: file, atomically: true, encoding: .utf8)
    }

    private func reason(_ outcome: CaseResult.Outcome?) -> String {
        if case .broken(let reason)? = outcome { reason } else { "" }
    }

    @Test("the authors' numbers are reproduced, and what is no part of the manifest is ignored")
    func passes() throws {
        let (summary, outcomes) = try results { folder in
            try Data("no vectors".utf8).write(to: folder.appending(path: "other.safetensors"))
        }
        #expect(summary.failed == 0)
        #expect(summary.passed >= 24)
        for name in ["cdist/all pairs", "drift_loss/c07_all_points_identical_const", "rng/chain/seed0_batch3"] {
            guard case .compared(let comparison)? = outcomes[name] else {
                Issue.record("\(name): \(String(describing: outcomes[name]))")
                continue
            }
            #expect(comparison.passes)
        }
    }

    @Test("the whole folder, if PUSHFORWARD_RELEASE_VECTORS names it", .enabled(if: wholeFolder != nil))
    func whole() throws {
        let (summary, outcomes) = try results(of: URL(filePath: try #require(Self.wholeFolder)))
        #expect(summary.failed == 0)
        #expect(summary.passed > 70)
        for (name, outcome) in outcomes {
            switch outcome {
            case .compared(let comparison): #expect(comparison.passes, "\(name): \(comparison)")
            case .broken(let reason): Issue.record("\(name): \(reason)")
            case .skipped: break
            }
        }
    }

    @Test("a number that is off fails its case, and NaN does too", arguments: [Float(0.01), .nan])
    func differs(by amount: Float) throws {
        let (summary, outcomes) = try results { folder in
            try rewrite(folder.appending(path: "drift_loss.safetensors")) { tensors in
                let name = "c01_basic_all_weights/grad_gen"
                tensors[name] = tensors[name].map { $0 + Double(amount) * $0.abs().amax() }
            }
        }
        #expect(summary.failed == 1)
        guard case .compared(let comparison)? = outcomes["drift_loss/c01_basic_all_weights"] else {
            Issue.record("the case was not compared")
            return
        }
        #expect(!comparison.passes)
        #expect(comparison.quantity.hasPrefix("gradient"))
    }

    @Test("a file that the manifest names must be there")
    func missing() throws {
        let (summary, outcomes) = try results { folder in
            try FileManager.default.removeItem(at: folder.appending(path: "cdist.safetensors"))
        }
        #expect(summary.failed == 1)
        let reason = reason(outcomes["cdist.safetensors"])
        #expect(reason.contains("cdist.safetensors: there is no such file") && reason.contains("Fetch"))
    }

    @Test("a tensor that the manifest describes otherwise is named with both shapes")
    func otherShape() throws {
        let (summary, outcomes) = try results { folder in
            try rewrite(folder.appending(path: "cdist.safetensors")) { $0["x"] = .zeros([2, 3, 6]) }
        }
        #expect(summary.failed == 1)
        let reason = reason(outcomes["cdist.safetensors"])
        #expect(reason.contains("'x'") && reason.contains("[2, 3, 6]") && reason.contains("[2, 3, 5]"))
    }

    // The manifest agrees with the file, but the tensors do not belong together.
    @Test("tensors that do not fit together are an error of their case, not a crash")
    func inconsistent() throws {
        let (summary, outcomes) = try results { folder in
            try rewrite(folder.appending(path: "drift_loss.safetensors")) {
                $0["c01_basic_all_weights/fixed_pos"] = .zeros([2, 3, 6])
            }
            let file = folder.appending(path: "manifest.json")
            let text = try String(contentsOf: file, encoding: .utf8)
            let pattern = /"c01_basic_all_weights\/fixed_pos": \{[^}]*\},/
            #expect(text.contains(pattern))
            try text.replacing(pattern, with: "").write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(summary.failed == 1)
        let reason = reason(outcomes["drift_loss/c01_basic_all_weights"])
        #expect(reason.contains("fixed_pos") && reason.contains("D = 5"))
    }

    @Test("indices that are out of range are an error of their case, not a crash")
    func outOfRange() throws {
        let (summary, outcomes) = try results { folder in
            try rewrite(folder.appending(path: "memory_bank.safetensors")) {
                $0["labels"] = $0["labels"].map { $0 + 7 }
            }
        }
        #expect(summary.failed == 1)
        #expect(reason(outcomes["memory_bank.safetensors"]).contains("do not fit together"))
    }

    @Test("a file of which the manifest describes no case fails")
    func noCase() throws {
        let (summary, outcomes) = try results { folder in
            try rewriteManifest(folder, "\"cases\":", with: "\"other\":")
        }
        #expect(summary.failed == 1)
        #expect(reason(outcomes["drift_loss.safetensors"]).contains("no case of it is described"))
    }

    @Test("draws of a kind that is not known are skipped")
    func unknownDraws() throws {
        let (summary, outcomes) = try results { folder in
            try rewrite(folder.appending(path: "rng.safetensors")) { $0["gamma_42_n3"] = .zeros([3]) }
        }
        #expect(summary.failed == 0 && summary.skipped == 3)
        guard case .skipped? = outcomes["rng/gamma_42_n3"] else {
            Issue.record("not skipped")
            return
        }
    }

    @Test("files of a kind that is not known are skipped")
    func unknown() throws {
        let (summary, outcomes) = try results { folder in
            try FileManager.default.moveItem(
                at: folder.appending(path: "cdist.safetensors"), to: folder.appending(path: "novelty.safetensors"))
            try rewriteManifest(folder, "\"cdist.safetensors\"", with: "\"novelty.safetensors\"")
        }
        #expect(summary.failed == 0)
        guard case .skipped? = outcomes["novelty.safetensors"] else {
            Issue.record("not skipped")
            return
        }
    }

    @Test("without folder or manifest there is an error that says what to name")
    func noFolder() throws {
        #expect(throws: VerificationError.self) { try Verification(folder: URL(filePath: "/nowhere/vectors")) }
        try withTemporaryFolder { folder in
            #expect(throws: VerificationError.self) { try Verification(folder: folder) }
            try Data("[]".utf8).write(to: folder.appending(path: "manifest.json"))
            let error = #expect(throws: VerificationError.self) { try Verification(folder: folder) }
            #expect(error?.description.contains("manifest.json") == true)
        }
    }
}
