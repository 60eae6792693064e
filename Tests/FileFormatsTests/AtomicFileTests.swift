import FileFormats
import Foundation
import Testing

@Suite("Atomic files and folders")
struct AtomicFileTests {
    private struct Interruption: Error {}

    @Test("Bytes and text arrive, and replace what was there")
    func replaces() throws {
        let scratch = try Scratch()
        let url = scratch.url("state.json")
        try AtomicFile.write([1, 2, 3] as [UInt8], to: url)
        try AtomicFile.write("new", to: url)
        #expect(try String(contentsOf: url, encoding: .utf8) == "new")
        #expect(try scratch.names == ["state.json"])
    }

    @Test("A failure in the middle leaves the former file and nothing else")
    func failure() throws {
        let scratch = try Scratch()
        let url = scratch.url("model.safetensors")
        try AtomicFile.write("good", to: url)
        #expect(throws: Interruption.self) {
            try AtomicFile.replace(url) { aside in
                try Data("half".utf8).write(to: aside)
                throw Interruption()
            }
        }
        #expect(try String(contentsOf: url, encoding: .utf8) == "good")
        #expect(try scratch.names == ["model.safetensors"])
    }

    @Test("Readers see the old file or the new one, never a part")
    func readersSeeWholeFiles() async throws {
        let scratch = try Scratch()
        let url = scratch.url("latest")
        let sizes = [10, 1 << 20]
        try AtomicFile.write([UInt8](repeating: 0, count: sizes[0]), to: url)
        let writer = Task {
            for i in 0..<40 { try AtomicFile.write([UInt8](repeating: UInt8(i), count: sizes[i % 2]), to: url) }
        }
        for _ in 0..<200 { #expect(try sizes.contains(Data(contentsOf: url).count)) }
        try await writer.value
    }

    @Test("A missing folder is an error about the file that was asked for")
    func missingFolder() throws {
        let scratch = try Scratch()
        let url = scratch.url("nowhere/a.png")
        let error = expectFileError(.missing) { try AtomicFile.write("a", to: url) }
        #expect(error?.file == url.path(percentEncoded: false))
    }

    @Test("A folder is not replaced by a file")
    func folderInTheWay() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(at: scratch.url("a"), withIntermediateDirectories: false)
        expectFileError(.mismatch) { try AtomicFile.write("a", to: scratch.url("a")) }
        #expect(try scratch.names == ["a"])
    }

    @Test("A relative path is taken from the current folder")
    func relative() throws {
        let name = "pushforward-\(UUID().uuidString)"
        try AtomicFile.write("a", to: URL(filePath: name))
        defer { try? FileManager.default.removeItem(atPath: name) }
        #expect(FileManager.default.fileExists(atPath: name))
    }

    @Test("A folder of several files appears as a whole, and is replaced as a whole")
    func folder() throws {
        let scratch = try Scratch()
        let url = scratch.url("step-000100")
        for text in ["one", "two"] {
            try AtomicFolder.replace(url) { aside in
                #expect(try scratch.names.contains("step-000100") == (text == "two"))
                try AtomicFile.write(text, to: aside.appending(path: "model"))
                try FileManager.default.createDirectory(
                    at: aside.appending(path: "sub"), withIntermediateDirectories: false)
                try AtomicFile.write(text, to: aside.appending(path: "sub/\(text)"))
            }
        }
        #expect(try String(contentsOf: url.appending(path: "model"), encoding: .utf8) == "two")
        #expect(try FileManager.default.contentsOfDirectory(atPath: url.appending(path: "sub").path()) == ["two"])
        #expect(try scratch.names == ["step-000100"])
    }

    @Test("A folder that fails to be written leaves the former one and nothing else")
    func folderFailure() throws {
        let scratch = try Scratch()
        let url = scratch.url("step-000100")
        try AtomicFolder.replace(url) { try AtomicFile.write("good", to: $0.appending(path: "model")) }
        #expect(throws: Interruption.self) {
            try AtomicFolder.replace(url) { aside in
                try AtomicFile.write("half", to: aside.appending(path: "model"))
                throw Interruption()
            }
        }
        #expect(try String(contentsOf: url.appending(path: "model"), encoding: .utf8) == "good")
        #expect(try scratch.names == ["step-000100"])
    }

    @Test("A folder is removed with all that is in it; one that is missing is named")
    func folderRemoval() throws {
        let scratch = try Scratch()
        let url = scratch.url("step-000100")
        try AtomicFolder.replace(url) { try AtomicFile.write("good", to: $0.appending(path: "model")) }
        try AtomicFolder.remove(url)
        #expect(try scratch.names.isEmpty)
        let error = #expect(throws: FileError.self) { try AtomicFolder.remove(url) }
        #expect(error?.code == .missing && error?.file == url.path())
    }

    @Test("Leftovers of ended processes are removed, those of live ones are not")
    func leftovers() throws {
        let scratch = try Scratch()
        let ended = Process()
        ended.executableURL = URL(filePath: "/bin/sh")
        ended.arguments = ["-c", "true"]
        try ended.run()
        ended.waitUntilExit()
        let live = getpid()
        for name in [
            ".\(ended.processIdentifier)-1f.partial", ".\(live)-1f.partial", ".hidden",
            "a.partial",
        ] { _ = try scratch.file(name, [1]) }
        let folder = scratch.url(".\(ended.processIdentifier)-2b.partial/inside")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try AtomicFile.removeLeftovers(in: scratch.folder)
        #expect(try scratch.names == [".hidden", ".\(live)-1f.partial", "a.partial"].sorted())
    }

    @Test("A full disk is named, and the former file survives", .enabled(if: SmallDisk.isPossible))
    func fullDisk() throws {
        let disk = try SmallDisk(kilobytes: 64)
        let url = disk.folder.appending(path: "model.safetensors")
        try AtomicFile.write("good", to: url)
        let error = expectFileError(.diskFull) { try AtomicFile.write([UInt8](repeating: 1, count: 1 << 18), to: url) }
        #expect(error?.description.contains("No space left on device. Free some space") == true)
        #expect(error?.file == url.path(percentEncoded: false))
        #expect(try String(contentsOf: url, encoding: .utf8) == "good")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.folder.path()) == ["model.safetensors"])

        let big = NumpyArchive(["a": NumpyArray([UInt8](repeating: 1, count: 1 << 18))])
        expectFileError(.diskFull) { try big.write(to: disk.folder.appending(path: "a.npz")) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.folder.path()) == ["model.safetensors"])
    }

    @Test("A disk that is mounted read-only is named", .enabled(if: SmallDisk.isPossible))
    func readOnlyDisk() throws {
        let disk = try SmallDisk(kilobytes: 64)
        try disk.remount("ro")
        let error = expectFileError(.denied) { try AtomicFile.write("a", to: disk.folder.appending(path: "a")) }
        #expect(error?.description.contains("Read-only file system. Choose a place that can be written to.") == true)
    }
}

/// A file system in memory that is soon full; only root can make one, and not in every container.
private final class SmallDisk {
    static let isPossible = (try? SmallDisk(kilobytes: 16)) != nil

    private let scratch: Scratch
    var folder: URL { scratch.folder }

    private struct Refused: Error {}

    init(kilobytes: Int) throws {
        scratch = try Scratch()
        try run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs")
    }

    func remount(_ mode: String) throws { try run("mount", "-o", "remount,\(mode)") }

    deinit { try? run("umount") }

    private func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments + [folder.path(percentEncoded: false)]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Refused() }
    }
}
