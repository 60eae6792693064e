import Foundation
import TestSupport
import Testing

@Suite("Help and information", .serialized)
struct HelpTests {
    @Test(
        "every command explains itself with examples",
        arguments: ["demo", "train", "sample", "import", "export", "info"])
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

    /// Every command with subcommands of its own or without.
    private static let commands = [
        "", "demo", "train", "sample", "evaluate", "likelihood", "ood", "restore", "compare", "reproduce", "study",
        "data",
        "data inspect", "verify", "info", "import", "export", "bench",
        "bench step", "bench field", "bench sample", "bench data", "bench frechet", "bench neighbours",
        "bench features",
    ]

    @Test("examples are never broken, other lines keep to the width, options say their default", arguments: commands)
    func text(_ command: String) throws {
        try withTemporaryFolder { folder in
            let words = command.split(separator: " ").map(String.init)
            func help(_ columns: Int) throws -> String {
                let outcome = try Program(words + ["--help"], in: folder, environment: ["COLUMNS": "\(columns)"])
                    .outcome()
                outcome.expectSuccess()
                return outcome.output
            }
            let wide = try help(1000)
            try expectDefaults(wide)
            let codes = ["0 ", "1 ", "64 ", "70 ", "129, 130, 143 "]
            let last = wide.split(separator: "\n").suffix(codes.count)
            #expect(zip(last, codes).allSatisfy { $0.hasPrefix("  " + $1) }, "\(wide)")
            let isExample = Set(Self.examples(wide))
            for columns in command.isEmpty || command == "evaluate" ? [40, 80] : [40] {
                let narrow = try help(columns)
                #expect(Self.examples(narrow) == Self.examples(wide))
                for line in narrow.split(separator: "\n") where !isExample.contains(String(line)) {
                    let longest = line.split(separator: " ").map(\.count).max() ?? 0
                    #expect(line.count <= columns || longest > columns - 27, "\(line)")
                }
                // Nothing is lost by breaking lines.
                #expect(narrow.split { $0.isWhitespace } == wide.split { $0.isWhitespace })
            }
        }
    }

    private func expectDefaults(_ help: String) throws {
        let usage = try #require(help.firstMatch(of: #/USAGE: (.*)/#)).1
        // A meaning that does not fit beside its name stands in the next line.
        let joined = help.replacing(#/\n {26}/#, with: " ")
        for line in joined.split(separator: "\n") where line.hasPrefix("  --") && line.contains(" <") {
            let name = line.dropFirst(2).prefix { $0 != " " }
            let isRequired = usage.contains(" \(name) <") && !usage.contains("[\(name) <")
            #expect(isRequired || line.contains("default: "), "\(line)")
        }
    }

    /// The lines below "Examples:" that start a command or go on with one.
    private static func examples(_ help: String) -> [String] {
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(of: "Examples:") else { return [] }
        return lines[(start + 1)...].prefix { !$0.isEmpty }.map(\.self)
    }

    @Test(
        "a misspelt command, option or choice is answered with the right one",
        arguments: [
            (["smaple"], "There is no command 'smaple' of pushforward. Did you mean 'sample'?"),
            (["data", "inspct"], "There is no command 'inspct' of data. Did you mean 'inspect'?"),
            (["bench", "stpe"], "There is no command 'stpe' of bench. Did you mean 'step'?"),
            (["frobnicate"], "The commands are demo, train, sample"),
            (["sample", "--cuont", "3"], "Did you mean '--count'?"),
            (["sample", "--run", "r", "--count", "1", "--out", "a.npz", "--weights", "emma"], "Did you mean 'ema'?"),
            (["bench", "sample", "--network", "dit-b3"], "Did you mean 'dit-b2'"),
        ])
    func suggestions(_ arguments: [String], _ answer: String) throws {
        try withTemporaryFolder { folder in
            let outcome = try Program(arguments, in: folder).outcome()
            outcome.expectRefusal(answer)
            #expect(outcome.status == 64)
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
            let outcome = try Program.run("info", "--json", "-", in: folder)
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
