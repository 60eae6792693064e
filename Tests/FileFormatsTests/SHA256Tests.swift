import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("SHA-256") struct SHA256Tests {
    /// Examples of FIPS 180-2, appendix B, and the empty message.
    @Test(
        "The standard's examples",
        arguments: [
            ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            ("a", 100_000, "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"),
        ])
    func examples(_ text: String, _ times: Int, _ expected: String) {
        var digest = SHA256()
        for _ in 0..<times { digest.update(text) }
        #expect(digest.hexadecimal() == expected)
    }

    @Test("The pieces do not matter, and a file has the digest of its bytes")
    func pieces() throws {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var whole = SHA256()
        whole.update(bytes)
        for size in [1, 63, 64, 65, 200] {
            var digest = SHA256()
            for start in stride(from: 0, to: 1000, by: size) {
                digest.update(Array(bytes[start..<min(start + size, 1000)]))
            }
            #expect(digest.hexadecimal() == whole.hexadecimal())
        }
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "bytes")
            try Data(bytes).write(to: file)
            #expect(try SHA256.hexadecimal(of: file) == whole.hexadecimal())
        }
    }
}
