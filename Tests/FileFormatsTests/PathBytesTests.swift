import FileFormats
import Testing

@Suite("Paths as bytes")
struct PathBytesTests {
    private let composed = PathBytes("d/\u{E9}.png")
    private let combined = PathBytes("d/e\u{301}.png")
    private let latin = PathBytes([0x64, 0x2F, 0xE9, 0x2E, 0x70, 0x6E, 0x67])

    @Test("Paths that String takes for the same differ, and have texts that differ")
    func canonical() {
        #expect(composed.description == combined.description && composed != combined)
        #expect(Set([composed, combined]).count == 2 && combined < composed)
        let texts = PathBytes.texts(of: [composed, combined, latin, PathBytes("d/x.png")])
        #expect(texts == ["d/\\xC3\\xA9.png", "d/e\\xCC\\x81.png", "d/\\xE9.png", "d/x.png"])
        #expect(texts.map { PathBytes(escaped: $0) } == [composed, combined, latin, PathBytes("d/x.png")])
        // Alone, each is written as it is.
        #expect(PathBytes.texts(of: [composed]) == ["d/\u{E9}.png"])
    }

    @Test("Every sequence of bytes comes back from its text")
    func roundTrip() {
        var random = FixedRandom(2)
        let odd = Array("\\x41\\ab\u{E9}\u{1F600}".utf8) + [0xE9, 0xC3, 0x0A, 0x7F, 0xC2, 0x85, 0xF0, 0x9F]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<12, using: &random)).map { _ in odd.randomElement(using: &random) ?? 0 }
            #expect(PathBytes(escaped: PathBytes(bytes).description).bytes == bytes)
        }
        #expect(PathBytes(escaped: "a\\b").bytes == Array("a\\b".utf8))
        #expect(PathBytes("a\nb").description == "a\\x0Ab")
    }

    @Test("Parts and endings")
    func parts() {
        #expect(latin.components.map(\.description) == ["d", "\\xE9.png"])
        #expect(PathBytes("a/B.PNG").ending == "png" && PathBytes("a.b/c").ending == "" && latin.ending == "png")
        #expect(PathBytes("/a").appending(PathBytes("b")).description == "/a/b")
        #expect(PathBytes(components: latin.components) == latin)
    }
}
