import Foundation
import Pushforward
import Testing

@Suite("Page of options")
struct OptionsPageTests {
    @Test("the page in Documentation is what the settings say: if not, pushforward info --options writes it")
    func current() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Documentation/options.md").standardized
        #expect(try String(contentsOf: page, encoding: .utf8) == OptionsPage(.all).markdown())
    }

    @Test("every key has a comment")
    func comments() throws {
        var isExplained = false
        for line in try OptionsPage(.all).markdown().split(separator: "\n") where line.hasPrefix("  ") {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.wholeMatch(of: #/[a-z_]+:.*/#) != nil {
                #expect(isExplained, "\(line)")
            }
            isExplained = text.hasPrefix("#")
        }
    }
}
