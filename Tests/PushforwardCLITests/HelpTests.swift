import Foundation
import TestSupport
import Testing

@Suite("Help and information", .serialized)
struct HelpTests {
    @Test("every command explains itself with examples", arguments: ["demo", "train", "sample", "info"])
    func help(_ command: String) throws {
        try withTemporaryFolder { folder in
            let outcome = try Program.run(command, "--help", in: folder)
            outcome.expectSuccess()
            #expect(outcome.output.contains("USAGE: pushforward \(command)"))
            #expect(outcome.output.contains("Examples:\n  pushforward \(command)"), "\(outcome.output)")
        }
    }

    @Test("the command itself lists its commands, has examples, and knows its version")
    func root() throws {
        try withTemporaryFolder { folder in
            let outcome = try Program.run("--help", in: folder)
            outcome.expectSuccess()
            for command in ["demo", "train", "sample", "info"] { #expect(outcome.output.contains("  \(command) ")) }
            #expect(outcome.output.contains("Examples:"))
            let version = try Program.run("--version", in: folder)
            #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        }
    }

    @Test("info as JSON has versions, devices, capabilities and threads")
    func info() throws {
        struct Facts: Decodable {
            let pushforward: String
            let libtorch: String
            let devices: [String]
            let cpuCapability: String
            let fastBfloat16: Bool
            let threads: Int
        }
        try withTemporaryFolder { folder in
            let outcome = try Program.run("info", "--json", in: folder)
            outcome.expectSuccess()
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let facts = try decoder.decode(Facts.self, from: Data(outcome.output.utf8))
            #expect(facts.devices.first == "cpu" && facts.threads == 1)
            #expect(facts.libtorch.hasPrefix("2.") && !facts.cpuCapability.isEmpty)
            let text = try Program.run("info", in: folder)
            #expect(text.output.contains("libtorch      \(facts.libtorch)\n"))
        }
    }
}
