internal import Foundation
internal import Settings

/// All settings of runs as a page: every key with its comment and its default, kind by kind.
///
/// `pushforward info --options` prints it, and `Documentation/options.md` is that, which a test compares.
public struct OptionsPage {
    private let methods: MethodCatalog

    /// The page for runs of some methods.
    public init(_ methods: MethodCatalog) { self.methods = methods }

    /// The page in Markdown.
    ///
    /// - Throws: Never for the chapters of this package; reading settings can.
    public func markdown() throws -> String {
        let neutral = try Self.chapters.map { try text(of: $0) }
        let own = try methods.methods.map { try text(of: $0) }
        return ([Self.introduction] + neutral + own + [sources(of: methods)]).joined(separator: "\n\n") + "\n"
    }

    private func text(of chapter: Chapter) throws -> String {
        let parts = try chapter.kinds.map { kind in try block([chapter.section], kind.title, kind.yaml, level: "###") }
        return (["## \(chapter.section)"] + parts).joined(separator: "\n\n")
    }

    private func text(of method: any Method) throws -> String {
        let type = type(of: method)
        let parts = try type.options.examples.map {
            try block(["method", "sampling"], $0.title, $0.yaml, level: "###")
        }
        return (["## method: \(type.name)"] + parts).joined(separator: "\n\n")
    }

    private func block(_ sections: [String], _ title: String, _ yaml: String, level: String) throws -> String {
        let settings = try RunSettings(methods).reading(yaml: yaml.isEmpty ? "{}" : yaml)
        let text = sections.map { Self.section($0, of: settings.yaml()) }.joined(separator: "\n")
        let block = "```yaml\n\(text)\n```"
        return title.isEmpty ? block : "\(level) \(title)\n\n\(block)"
    }

    /// The lines of one section of a file.
    private static func section(_ name: String, of yaml: String) -> String {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("\(name):") }) else { return "" }
        let rest = lines[(start + 1)...]
        let end = rest.firstIndex { !$0.hasPrefix(" ") } ?? rest.endIndex
        return lines[start..<end].joined(separator: "\n")
    }
}
