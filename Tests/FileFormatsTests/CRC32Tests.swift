import FileFormats
import Foundation
import Testing

@Suite("CRC-32")
struct CRC32Tests {
    @Test(
        "the checksums that the catalogue of CRC algorithms and zip give, in one piece and in parts",
        arguments: [("", "00000000"), ("123456789", "cbf43926"), ("a", "e8b7be43")])
    func vectors(text: String, expected: String) throws {
        var whole = CRC32()
        whole.update(text)
        #expect(whole.hexadecimal == expected && whole.count == text.utf8.count)
        var parts = CRC32()
        for letter in text { parts.update(String(letter)) }
        #expect(parts == whole)
        let scratch = try Scratch()
        #expect(try CRC32(contentsOf: scratch.file("a", Array(text.utf8))) == whole)
    }
}
