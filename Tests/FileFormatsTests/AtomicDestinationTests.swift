import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("Destinations of atomic files that are not plain files")
struct AtomicDestinationTests {
    private let manager = FileManager.default

    private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

    /// Both ways to write: bytes that are there, and a writer that opens the file itself.
    private static let ways: [Way] = [.bytes, .aside]

    enum Way: Sendable {
        case bytes, aside

        func write(_ text: String, to url: URL) throws {
            switch self {
            case .bytes: try AtomicFile.write(text, to: url)
            case .aside: try AtomicFile.replace(url) { try Data(text.utf8).write(to: $0) }
            }
        }
    }

    @Test("a symbolic link stays, and what it leads to is replaced, over several links", arguments: ways)
    func links(_ way: Way) throws {
        let scratch = try Scratch()
        let folder = scratch.url("disk")
        try manager.createDirectory(at: folder, withIntermediateDirectories: false)
        let target = try scratch.file("disk/target", [1])
        try manager.createSymbolicLink(atPath: scratch.url("disk/middle").path, withDestinationPath: "target")
        try manager.createSymbolicLink(atPath: scratch.url("link").path, withDestinationPath: "disk/middle")
        try way.write("new", to: scratch.url("link"))
        #expect(try text(target) == "new")
        #expect(try manager.destinationOfSymbolicLink(atPath: scratch.url("link").path) == "disk/middle")
        #expect(try scratch.names == ["disk", "link"])
        #expect(try manager.contentsOfDirectory(atPath: folder.path).sorted() == ["middle", "target"])
    }

    @Test("a link that leads nowhere yet gets its file; links in a circle are an error", arguments: ways)
    func looseLinks(_ way: Way) throws {
        let scratch = try Scratch()
        try manager.createSymbolicLink(atPath: scratch.url("link").path, withDestinationPath: "later")
        try way.write("new", to: scratch.url("link"))
        #expect(try text(scratch.url("later")) == "new")
        try manager.createSymbolicLink(atPath: scratch.url("a").path, withDestinationPath: "b")
        try manager.createSymbolicLink(atPath: scratch.url("b").path, withDestinationPath: "a")
        #expect(throws: FileError.self) { try way.write("new", to: scratch.url("a")) }
        #expect(try scratch.names == ["a", "b", "later", "link"])
    }

    @Test("a pipe is written to and stays a pipe", arguments: ways)
    func pipe(_ way: Way) async throws {
        let scratch = try Scratch()
        let url = scratch.url("pipe")
        try #require(mkfifo(url.path, 0o600) == 0)
        let long = String(repeating: "0123456789", count: 50_000)
        async let read = Task.detached { try FileHandle(forReadingFrom: url).readToEnd() }.value
        try way.write(long, to: url)
        #expect(try await read == Data(long.utf8))
        var status = stat()
        #expect(lstat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(try scratch.names == ["pipe"])
    }

    @Test(
        "the device that is always full is named, and stays", .enabled(if: access("/dev/full", W_OK) == 0),
        arguments: ways)
    func fullDevice(_ way: Way) throws {
        let error = expectFileError(.diskFull) { try way.write("text", to: URL(filePath: "/dev/full")) }
        #expect(error?.file == "/dev/full")
        var status = stat()
        #expect(lstat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test("standard output is written to where it stands")
    func standardOutput() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            print("before")
            fflush(nil)
            try AtomicFile.write("bytes\n", to: URL(filePath: "/dev/stdout"))
            try AtomicFile.replace(URL(filePath: "/dev/stdout")) { try Data("aside\n".utf8).write(to: $0) }
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        #expect(output.contains("before\nbytes\naside\n"))
    }

    @Test("a read-only file is an error and stays as it is, for the superuser as well", arguments: ways)
    func readOnly(_ way: Way) throws {
        let scratch = try Scratch()
        let url = try scratch.file("report.json", Array("old".utf8))
        try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: url.path)
        let error = expectFileError(.denied) { try way.write("new", to: url) }
        #expect(error?.file == url.path)
        #expect(error?.problem == "cannot replace the read-only file: Permission denied")
        #expect(try text(url) == "old")
        #expect(try scratch.names == ["report.json"])
    }

    @Test("the permissions of a former file stay", arguments: ways)
    func permissions(_ way: Way) throws {
        let scratch = try Scratch()
        let url = try scratch.file("secret", [1])
        try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
        try way.write("new", to: url)
        let mode = try manager.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("a name of 255 bytes is not too long", arguments: ways)
    func longName(_ way: Way) throws {
        let scratch = try Scratch()
        let name = String(repeating: "n", count: 251) + ".txt"
        try way.write("new", to: scratch.url(name))
        #expect(try text(scratch.url(name)) == "new")
        try AtomicFolder.replace(scratch.url(String(repeating: "f", count: 255))) { _ in }
        #expect(try scratch.names.count == 2)
    }

    @Test("a link is made, and led elsewhere in one step")
    func link() throws {
        let scratch = try Scratch()
        for name in ["step-1", "step-2"] {
            try AtomicFile.link(scratch.url("latest"), to: name)
            #expect(try manager.destinationOfSymbolicLink(atPath: scratch.url("latest").path) == name)
        }
        #expect(try scratch.names == ["latest"])
        expectFileError(.missing) { try AtomicFile.link(scratch.url("none/latest"), to: "a") }
    }

    @Test("the next start removes what a killed writer has left", arguments: ways)
    func killedWriter(_ way: Way) async throws {
        let scratch = try Scratch()
        let url = try scratch.file("report.json", Array("old".utf8))
        let isAside = way == .aside
        await #expect(processExitsWith: .failure) { [path = url.path as String, isAside = isAside as Bool] in
            dieBeyondFileSize(1000)
            let way: Way = isAside ? .aside : .bytes
            try way.write(String(repeating: "x", count: 5000), to: URL(filePath: path))
        }
        #expect(try scratch.names.count == 2)
        #expect(try text(url) == "old")
        try AtomicFile.removeLeftovers(in: scratch.folder)
        #expect(try scratch.names == ["report.json"])
    }

    @Test("the next write to the folder does so too", arguments: ways)
    func nextWrite(_ way: Way) async throws {
        let scratch = try Scratch()
        let url = scratch.url("report.json")
        try way.write("old", to: url)
        await #expect(processExitsWith: .failure) { [path = url.path as String] in
            dieBeyondFileSize(1000)
            try AtomicFile.write(String(repeating: "x", count: 5000), to: URL(filePath: path))
        }
        #expect(try scratch.names.count == 2)
        try way.write("new", to: url)
        #expect(try scratch.names == ["report.json"] && text(url) == "new")
    }

    @Test("what a process of another machine is writing is left alone")
    func otherMachine() throws {
        let scratch = try Scratch()
        // No process has that number here; the mark is of no machine.
        for name in [".999999999-1f-zz.partial", ".999999999-1f.partial"] { _ = try scratch.file(name, [1]) }
        try AtomicFile.write("new", to: scratch.url("a"))
        #expect(try scratch.names == [".999999999-1f-zz.partial", "a"])
    }

    @Test("a destination is examined before the work, and left as it is")
    func check() throws {
        let scratch = try Scratch()
        let good = try scratch.file("good", [1])
        for url in [
            good, scratch.url("new"), scratch.url(String(repeating: "n", count: 255)), URL(filePath: "/dev/null"),
        ] {
            #expect(throws: Never.self) { try AtomicFile.check(url) }
        }
        #expect(try scratch.names == ["good"] && (try Data(contentsOf: good)) == Data([1]))
        try manager.createDirectory(at: scratch.url("folder"), withIntermediateDirectories: false)
        let protected = try scratch.file("protected", [1])
        try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: protected.path)
        expectFileError(.missing) { try AtomicFile.check(scratch.url("none/a")) }
        expectFileError(.mismatch) { try AtomicFile.check(scratch.url("folder")) }
        expectFileError(.denied) { try AtomicFile.check(protected) }
        let long = expectFileError(.failed) { try AtomicFile.check(scratch.url(String(repeating: "n", count: 256))) }
        #expect(long?.problem.contains("File name too long") == true)
        #expect(try scratch.names == ["folder", "good", "protected"])
    }

    @Test("a device that takes nothing is found before the work", .enabled(if: access("/dev/full", W_OK) == 0))
    func checkFull() throws {
        expectFileError(.diskFull) { try AtomicFile.check(URL(filePath: "/dev/full")) }
    }

    @Test("a pipe is examined without waiting for its reader")
    func checkPipe() throws {
        let scratch = try Scratch()
        try #require(mkfifo(scratch.url("pipe").path, 0o600) == 0)
        #expect(throws: Never.self) { try AtomicFile.check(scratch.url("pipe")) }
    }
}
