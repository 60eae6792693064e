internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Shows the capabilities of this installation.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show versions, devices, CPU capabilities and threads.",
        discussion: """
            Examples:
              pushforward info
              pushforward info --json -
              pushforward info --options > options.md
            """)

    @OptionGroup var json: JSONOption

    @OptionGroup var machine: ThreadOptions

    @Flag(help: "Print all options of runs with their defaults instead, as Markdown.")
    var options = false

    func run() throws {
        if options { return print(try OptionsPage(.all).markdown(), terminator: "") }
        try json.check()
        let facts = Facts()
        try json.show(facts, text: facts.text)
    }

    private struct Facts: Encodable {
        var pushforward = PushforwardVersion.current
        var libtorch = Machine.torchVersion
        var devices = Device.available.map(\.description)
        var cpuCapability = Machine.cpuCapability
        var fastBfloat16 = Machine.hasFastBFloat16
        var mkl = Machine.hasMKL
        var onednn = Machine.hasOneDNN
        var threads = Machine.threads

        var text: String {
            """
            pushforward   \(pushforward)
            libtorch      \(libtorch)
            devices       \(devices.joined(separator: ", "))
            CPU           \(cpuCapability)\(fastBfloat16 ? ", bfloat16 in hardware" : ", no bfloat16 in hardware")
            libraries     \(mkl ? "MKL" : "no MKL"), \(onednn ? "oneDNN" : "no oneDNN")
            threads       \(threads)
            """
        }
    }
}
