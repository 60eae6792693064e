import Foundation
import Settings
import Testing

@Suite("Settings files that would take for ever")
struct LimitTests {
    /// Levels of lists, each of `width` aliases of the one before: width^levels values in a kilobyte.
    private func bomb(levels: Int, width: Int = 9, asKeys: Bool = false) -> String {
        var lines = ["a0: &a0 [1, 1, 1]"]
        for level in 1...levels {
            let aliases = [String](repeating: "*a\(level - 1)", count: width).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(aliases)]")
        }
        if asKeys { lines.append("? [*a\(levels)]\n: 1\n? [*a\(levels), 1]\n: 1") }
        return lines.joined(separator: "\n")
    }

    @Test("aliases of aliases that stand for billions of values are refused at once", arguments: [false, true])
    func bombs(asKeys: Bool) {
        let clock = ContinuousClock()
        for levels in [5, 8, 9, 30, 100] {
            var found: [String] = []
            let time = clock.measure { found = problems(bomb(levels: levels, asKeys: asKeys)) }
            #expect(found.count == 1 || levels == 5, "\(found)")
            if levels > 5 { #expect(found.first?.contains("stand for more than 1000000 values (line ") == true) }
            #expect(time < .seconds(10))
        }
    }

    @Test("so are merged sections of merged sections")
    func merges() {
        var lines = ["a0: &a0 {x: 1}"]
        for level in 1...60 {
            lines.append("a\(level): &a\(level) {<<: [*a\(level - 1), *a\(level - 1)], x\(level): 1}")
        }
        #expect(problems(lines.joined(separator: "\n")).first?.contains("aliases (*name)") == true)
    }

    @Test("an anchor may not be given again while it is in use, nor a thousand aliases more than once")
    func anchors() {
        #expect(problems("a: &x 1\nb: *x\nc: &x 2")[0].contains("the anchor '&x' is given twice (line 3)"))
        let many = "a: &x 1\nb: [" + [String](repeating: "*x", count: 1001).joined(separator: ", ") + "]"
        #expect(problems(many)[0].contains("has more than 1000 aliases"))
    }

    @Test("deep nesting is refused with its line, however deep", arguments: [100, 900, 20_000, 1_000_000])
    func depth(_ depth: Int) {
        let flow = "data:\n  labels: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let found = problems(flow)
        #expect(found.count == 1 && found[0].contains("(line 2)"), "\(found)")
        let block = "data: " + String(repeating: "- ", count: min(depth, 20_000)) + "1"
        #expect(problems("x:\n  " + block.dropFirst(6)).count == 1)
    }

    @Test("a million values are too many, a hundred thousand are not")
    func values() throws {
        func labels(_ count: Int) -> String {
            "data: {labels: [" + [String](repeating: "1", count: count).joined(separator: ",") + "]}"
        }
        #expect(try SampleSettings().reading(yaml: labels(100_000)).data.labels.count == 100_000)
        #expect(problems(labels(1_100_000)) == ["has more than 1000000 values (line 1)"])
    }

    @Test("files that are no text of settings are named with the reason: UTF-16, Latin-1, folders, endless ones")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func message(_ path: String) -> String {
            let error = #expect(throws: SettingsError.self) { try SampleSettings().reading(file: path) }
            return error?.description ?? ""
        }
        let file = folder.appending(path: "a.yaml")
        try Data([0xFF, 0xFE, 0x61, 0, 0x3A, 0]).write(to: file)
        #expect(message(file.path) == "\(file.path): is not UTF-8 text. Save it as UTF-8; it looks like UTF-16")
        try Data("data: {root: caf".utf8 + [0xE9, 0x7D]).write(to: file)
        #expect(message(file.path) == "\(file.path): is not UTF-8 text. Save it as UTF-8")
        #expect(message(folder.path) == "\(folder.path): is a folder; name a YAML file")
        #expect(message(file.path + "/b") == "\(file.path)/b: there is no such file")
        #expect(message("/dev/zero") == "/dev/zero: has more than 8 MiB, which no settings need")
        try Data("data: {root: a}\u{0}".utf8).write(to: file)
        #expect(message(file.path).contains("not valid YAML"))
    }

    @Test("a named pipe is read to its end")
    func pipe() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        Thread.detachNewThread {
            let pipe = FileHandle(forWritingAtPath: path)
            for part in ["training: {st", "eps: 5", ", batch: 8}\n"] {
                try? pipe?.write(contentsOf: Data(part.utf8))
                usleep(20_000)
            }
            try? pipe?.close()
        }
        #expect(try SampleSettings().reading(file: path).training.steps == 5)
    }
}
