import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("Archives")
struct ArchiveTests {
    /// Members that `Fixtures/make.py` packed.
    private let files: [String: [UInt8]] = [
        "shirts/a.txt": Array("first".utf8), "shirts/été.txt": Array("non-ASCII name".utf8), "empty.txt": [],
        "long.bin": Array((0..<30).map { _ in UInt8.min...UInt8.max }.joined()),
    ]

    @Test(
        "Every kind of archive gives its files and no folders or links",
        arguments: ["gnu.tar", "pax.tar.gz", "pax.tar.xz", "stored.zip", "deflated.zip"])
    func reading(name: String) throws {
        let archive = try ArchiveReader(Fixture.url(name))
        var found = [String: [UInt8]]()
        while let member = try archive.next() {
            found[member.path] = try archive.contents()
            #expect(member.size == nil || member.size == found[member.path]?.count)
        }
        #expect(found == files)
    }

    @Test("Members may be left unread, or read in pieces")
    func pieces() throws {
        let archive = try ArchiveReader(Fixture.url("pax.tar.gz"))
        while let member = try archive.next() {
            guard member.path == "long.bin" else { continue }
            var buffer = [UInt8](repeating: 0, count: 100)
            let count = try buffer.withUnsafeMutableBytes { try archive.read(into: $0) }
            #expect(count == 100)
            #expect(try buffer + archive.contents() == files["long.bin"])
        }
        #expect(try archive.next() == nil)
    }

    @Test("An archive that is cut short says so", arguments: ["pax.tar.gz", "gnu.tar", "deflated.zip"])
    func truncated(name: String) throws {
        let scratch = try Scratch()
        let whole = try Fixture.bytes(name)
        let url = try scratch.file("short", Array(whole.prefix(name == "gnu.tar" ? 6000 : whole.count / 2)))
        let error = #expect(throws: FileError.self) { try readAll(url) }
        #expect(error?.file.hasPrefix(url.path(percentEncoded: false)) == true)
    }

    @Test("A wrong checksum in a zip archive is an error that names the member")
    func damaged() throws {
        let scratch = try Scratch()
        var bytes = try Fixture.bytes("stored.zip")
        let position = try #require(Data(bytes).firstRange(of: Data("first".utf8))).lowerBound
        bytes[position] ^= 1
        let url = try scratch.file("bad.zip", bytes)
        let error = expectFileError(.corrupt) { try readAll(url) }
        #expect(error?.file == url.path(percentEncoded: false) + ":shirts/a.txt")
    }

    @Test("An encrypted zip archive is named as such")
    func encrypted() throws {
        let scratch = try Scratch()
        var bytes = try Fixture.bytes("stored.zip")
        // Bit 0 of the flags in each local and central header.
        for (signature, offset) in [("PK\u{3}\u{4}", 6), ("PK\u{1}\u{2}", 8)] {
            var start = 0
            while let found = Data(bytes[start...]).firstRange(of: Data(signature.utf8)) {
                bytes[start + found.lowerBound + offset] |= 1
                start += found.upperBound
            }
        }
        let url = try scratch.file("secret.zip", bytes)
        expectFileError(.unsupported) { try readAll(url) }
    }

    @Test("A hard link, whose content lies elsewhere, is not passed over in silence")
    func hardLink() {
        let error = expectFileError(.unsupported) { try readAll(Fixture.url("hard-link.tar")) }
        #expect(error?.file.hasSuffix("hard-link.tar:b.txt") == true)
    }

    /// e + U+0301, U+00E9, Latin-1, and U+00E9 again.
    private let names: [[UInt8]] =
        ["e\u{301}.png", "\u{E9}.png"].map { Array($0.utf8) }
        + [[0xE9] + Array(".png".utf8), Array("\u{E9}.png".utf8)]

    @Test("Names are bytes: none is composed, replaced or dropped", arguments: ["zip", "utf8.zip", "tar", "pax.tar"])
    func bytes(kind: String) throws {
        let scratch = try Scratch()
        let members = names.enumerated().map { OddFiles.Member($1, [UInt8($0)]) }
        let (content, expected): ([UInt8], [[UInt8]]) =
            switch kind {
            case "zip": (OddFiles.zip(members), names)
            case "utf8.zip": (OddFiles.zip([members[0], members[1]], isUTF8: true), [names[0], names[1]])
            case "tar": (OddFiles.tar(members), names)
            default: (OddFiles.tar(members.flatMap { [paxHeader($0.name), $0] }), names)
            }
        let archive = try ArchiveReader(scratch.file("odd.\(kind)", content))
        var found: [[UInt8]] = []
        while let member = try archive.next() {
            #expect(try archive.contents() == [UInt8(found.count)])
            found.append(member.name.bytes)
        }
        #expect(found == expected)
    }

    /// Attributes of the next member, by which its name is UTF-8.
    private func paxHeader(_ name: [UInt8]) -> OddFiles.Member {
        let record = Array(" path=".utf8) + name + [0x0A]
        let length = record.count + 2
        return OddFiles.Member("PaxHeaders/x".utf8, Array("\(length)".utf8) + record, kind: "x")
    }

    @Test("What is neither file nor folder is told of", arguments: [("2", "a symbolic link"), ("6", "a pipe")])
    func special(kind: Character, words: String) throws {
        let scratch = try Scratch()
        let content = OddFiles.tar([
            .init("a.png".utf8, [1]), .init("b.png".utf8, [], kind: kind), .init("c.png".utf8, [2]),
        ])
        let archive = try ArchiveReader(scratch.file("special.tar", content))
        var found: [String] = []
        while let member = try archive.next() { found.append(member.path) }
        #expect(found == ["a.png", "c.png"])
        #expect(archive.passedOver.map(\.name.description) == ["b.png"] && archive.passedOver[0].kind == words)
    }

    @Test("A pipe that is named in place of a file is refused at once")
    func pipe() throws {
        let scratch = try Scratch()
        let url = scratch.url("pipe.tar")
        try #require(mkfifo(url.path, 0o600) == 0)
        let error = expectFileError(.unsupported) { try readAll(url) }
        #expect(error?.problem == "is a pipe, not a file")
        expectFileError(.unsupported) { _ = try NumpyArray(contentsOf: url) }
        expectFileError(.unsupported) { _ = try Image8(contentsOf: url) }
        expectFileError(.unsupported) { _ = try Gzip.contents(of: url) }
    }

    @Test("Missing, empty and other files are told apart")
    func others() throws {
        let scratch = try Scratch()
        let empty = try scratch.file("empty.tar", [])
        expectFileError(.missing) { try readAll(scratch.url("nowhere.tar")) }
        expectFileError(.empty) { try readAll(empty) }
        expectFileError(.corrupt) { try readAll(Fixture.url("make.py")) }
    }

    @Test("More than the limit is refused")
    func limit() throws {
        let archive = try ArchiveReader(Fixture.url("stored.zip"))
        while let member = try archive.next() {
            guard member.path == "long.bin" else { continue }
            expectFileError(.tooLarge) { _ = try archive.contents(limit: 7679) }
        }
    }

    @Test("No damage makes reading crash", arguments: ["gnu.tar", "pax.tar.gz", "stored.zip", "deflated.zip"])
    func fuzz(name: String) throws {
        let scratch = try Scratch()
        var random = FixedRandom(5)
        let whole = try Fixture.bytes(name)
        for _ in 0..<50 {
            var bytes = whole
            for _ in 0..<5 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            let url = try scratch.file("damaged", bytes)
            do { try readAll(url) } catch { #expect(error is FileError) }
        }
    }

    private func readAll(_ url: URL) throws {
        let archive = try ArchiveReader(url)
        while try archive.next() != nil { _ = try archive.contents() }
    }
}
