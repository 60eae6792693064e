import Foundation
import Reproduction
import TestSupport
import Testing

@Suite("Studies of transport") struct StudyTests {
    @Test("Every statement holds, also with few samples", arguments: Study.all.map(\.name))
    func statements(name: String) throws {
        let report = try #require(Study.named(name)).report(.small)
        #expect(!report.checks.isEmpty && !report.tables.isEmpty)
        for check in report.checks { #expect(check.holds, "\(name): \(check.statement)") }
        #expect(report.holds && report.markdown.contains("* Holds: "))
    }

    @Test("A study leaves its page, its numbers and its plots")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "studies-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let study = try #require(Study.named("continuity"))
        let report = try study.write(into: folder, .small)
        let own = folder.appending(path: "continuity")
        let page = try String(contentsOf: own.appending(path: "report.md"), encoding: .utf8)
        #expect(page == report.markdown)
        let numbers = try JSONSerialization.jsonObject(with: Data(contentsOf: own.appending(path: "report.json")))
        let tables = try #require((numbers as? [String: Any])?["tables"] as? [[String: Any]])
        #expect(tables.count == 2 && (tables[0]["rows"] as? [Any])?.count == 7)
        let picture = try Data(contentsOf: own.appending(path: "continuity.png"))
        #expect(picture.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    }

    @Test("Names are those of the page; others are unknown")
    func names() {
        #expect(Set(Study.all.map(\.name)).count == Study.all.count)
        #expect(Study.named("discretisation") != nil && Study.named("nothing") == nil)
    }
}
