internal import ArgumentParser
internal import Pushforward

/// Names of commands and choices, where they are spelt wrong.
enum CommandNames {
    /// The message for a subcommand that does not exist; nil if the first arguments name one, or ask for help.
    static func mistake(in arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = Command.self
        for argument in arguments {
            let subcommands = command.configuration.subcommands
            // Options come next, and `help` is a command of the library's own.
            guard !subcommands.isEmpty, !argument.hasPrefix("-"), argument != "help" else { return nil }
            guard let next = subcommands.first(where: { name(of: $0) == argument }) else {
                let names = subcommands.map(name)
                let hint =
                    Suggestion.didYouMean(argument, among: names)
                    ?? "The commands are \(names.joined(separator: ", "))."
                return "There is no command '\(argument)' of \(name(of: command)). \(hint)"
            }
            command = next
        }
        return nil
    }

    /// The message for an option that does not exist, where the library complains of the one that is missing for that reason.
    static func unknownOption(in arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = Command.self
        var rest = arguments[...]
        while let next = command.configuration.subcommands.first(where: { name(of: $0) == rest.first }) {
            command = next
            rest = rest.dropFirst()
        }
        let help = Command.helpMessage(for: command, columns: HelpText.unlimited)
        let known = help.matches(of: #/--[a-z][a-z-]*/#).map { String($0.output) }
        for argument in rest.prefix(while: { $0 != "--" }) where argument.hasPrefix("--") {
            let option = String(argument.prefix { $0 != "=" })
            guard !known.contains(option), let hint = Suggestion.didYouMean(option, among: Array(Set(known)).sorted())
            else { continue }
            return "Unknown option '\(option)'. \(hint)"
        }
        return nil
    }

    /// An error about a choice with the choice that was meant: "The value 'emma' is invalid for ...".
    static func addingSuggestion(to message: String) -> String {
        let pattern = #/^Error: The value '([^']*)' is invalid for '[^']*'\. Please provide one of (.*)\.$/#
        let number = #/^Error: The value '[^']*' is invalid for '--([a-z-]+) <[^']*>'$/#
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for index in lines.indices {
            if let match = lines[index].firstMatch(of: number) { lines[index] += Self.numbers(of: String(match.1)) }
            guard let match = lines[index].firstMatch(of: pattern) else { continue }
            let choices = match.2.matches(of: #/'([^']*)'/#).map { String($0.1) }
            guard let hint = Suggestion.didYouMean(String(match.1), among: choices) else { continue }
            lines[index] += " \(hint)"
        }
        return lines.joined(separator: "\n")
    }

    /// The numbers that an option takes, as a sentence.
    private static func numbers(of option: String) -> String {
        switch option {
        case "minutes": ". It takes a number above 0."
        case "seed": ". It takes a whole number from 0 on."
        default: ". It takes a whole number from 1 on."
        }
    }

    private static func name(of command: any ParsableCommand.Type) -> String { command._commandName }
}
