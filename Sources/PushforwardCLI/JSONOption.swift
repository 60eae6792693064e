internal import ArgumentParser
internal import Pushforward

/// The option of commands that print a report for people, and write it for programs on request.
struct JSONOption: ParsableArguments {
    @Option(
        name: .customLong("json"),
        help: ArgumentHelp(
            "Also write the report as JSON; - is the standard output, instead of the text. [default: not written]",
            valueName: "file"))
    var path: String?

    private var output: TextOutput? { path.map { TextOutput($0) } }

    /// Refuses a file that cannot be written, before the work.
    ///
    /// - Parameter out: The file of `--out`, which must be another.
    func check(beside out: String? = nil) throws {
        try TextOutput.check(["--json": path])
        try TextOutput.requireDifferent(["--out": out, "--json": path])
    }

    /// Prints the text, and writes the JSON where that is wanted.
    func show(_ report: some Encodable, text: @autoclosure () -> String) throws {
        if output?.isStandardOutput != true { print(text()) }
        try output?.write(JSONText.of(report) + "\n")
    }
}
