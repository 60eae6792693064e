import Foundation
import TestSupport
import Testing

@Suite("Verification by the command", .serialized)
struct VerifyTests {
    /// Numbers of the authors' release, the same as the library's tests have.
    private static let vectors = fixtures().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "VerificationTests/Fixtures/vectors")

    @Test("the last line counts the cases, and the exit code follows it")
    func counts() throws {
        try withTemporaryFolder { folder in
            let good = try Program.run("verify", "--vectors", Self.vectors.path, in: folder)
            good.expectSuccess()
            let lines = good.output.split(separator: "\n")
            #expect(try lines.last?.wholeMatch(of: Regex("[0-9]+ passed, 0 failed, 2 skipped")) != nil)
            #expect(
                lines.contains { $0.hasPrefix("pass  drift_loss/c01_basic_all_weights ") && $0.contains(" of 1.0e-") })

            let copy = folder.appending(path: "copy")
            try FileManager.default.copyItem(at: Self.vectors, to: copy)
            try FileManager.default.removeItem(at: copy.appending(path: "cdist.safetensors"))
            let bad = try Program.run("verify", "--vectors", "copy", "--failures-only", in: folder)
            #expect(bad.status == 1)
            let rest = bad.output.split(separator: "\n")
            #expect(rest.count == 4)
            #expect(rest.first?.hasPrefix("FAIL  cdist.safetensors ") == true)
            #expect(rest.first?.contains("there is no such file, but manifest.json names it") == true)
            #expect(rest.last?.contains(" passed, 1 failed, 2 skipped") == true)
        }
    }

    @Test("a folder that is not there, or holds no manifest, is refused")
    func refused() throws {
        try withTemporaryFolder { folder in
            try Program.run("verify", "--vectors", "absent", in: folder).expectRefusal(
                "absent: there is no such folder")
            try Program.run("verify", "--vectors", ".", in: folder).expectRefusal("there is no manifest.json")
        }
    }
}
