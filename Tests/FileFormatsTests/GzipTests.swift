import FileFormats
import Foundation
import Testing

@Suite("Gzip")
struct GzipTests {
    /// Text that `Fixtures/make.py` compressed.
    private let text = Array((0..<4000).map { "line \($0) of the text that is compressed\n" }.joined().utf8)

    @Test("One member, several, and zero bytes behind them", arguments: ["one.gz", "members.gz", "padded.gz"])
    func whole(name: String) throws {
        #expect(try Gzip.contents(of: Fixture.url(name)) == text)
        #expect(try GzipReader(Fixture.url(name)).readToEnd() == text)
    }

    @Test("Streaming gives the same bytes whatever the size of the pieces", arguments: [1, 7, 4096, 1 << 20])
    func streaming(piece: Int) throws {
        let reader = try GzipReader(Fixture.url("padded.gz"))
        var content = [UInt8]()
        var buffer = [UInt8](repeating: 0, count: piece)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
            content += buffer[..<count]
            if count == 0 { break }
        }
        #expect(content == text)
    }

    @Test("A file that is not compressed is read as it is")
    func plain() throws {
        #expect(try Gzip.contents(of: Fixture.url("make.py")) == Fixture.bytes("make.py"))
    }

    @Test("A file that is cut short anywhere says so, with its path")
    func truncated() throws {
        let scratch = try Scratch()
        let whole = try Fixture.bytes("one.gz")
        for length in [2, 9, 10, 11, 5000, whole.count - 8, whole.count - 1] {
            let url = try scratch.file("train-images.gz", Array(whole.prefix(length)))
            let error = expectFileError(.truncated) { _ = try Gzip.contents(of: url) }
            #expect(error?.file == url.path(percentEncoded: false))
            #expect(error?.remedy == "The file is cut short: fetch or export it again.")
        }
    }

    @Test("A wrong checksum, a wrong length and damaged data are errors")
    func damaged() throws {
        let whole = try Fixture.bytes("one.gz")
        for position in [whole.count - 6, whole.count - 2, whole.count / 2] {
            var bytes = whole
            bytes[position] ^= 0xFF
            expectFileError(.corrupt) { _ = try Gzip.decompress(bytes, name: "a.gz") }
        }
    }

    @Test("Garbage behind the data is an error, as in Python")
    func garbage() {
        expectFileError(.corrupt) { _ = try Gzip.contents(of: Fixture.url("garbage.gz")) }
    }

    @Test("Empty files, missing files and text are told apart")
    func others() throws {
        let scratch = try Scratch()
        let empty = try scratch.file("empty.gz", [])
        expectFileError(.empty) { _ = try GzipReader(empty).readToEnd() }
        expectFileError(.missing) { _ = try GzipReader(scratch.url("nowhere.gz")) }
        expectFileError(.corrupt) { _ = try GzipReader(Fixture.url("make.py")).readToEnd() }
    }

    @Test("More than the limit is refused")
    func limit() throws {
        #expect(try Gzip.contents(of: Fixture.url("one.gz"), limit: text.count) == text)
        expectFileError(.tooLarge) { _ = try Gzip.contents(of: Fixture.url("one.gz"), limit: text.count - 1) }
    }
}
