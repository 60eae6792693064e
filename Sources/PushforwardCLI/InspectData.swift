internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Commands about data.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Look at data before training on it.", subcommands: [InspectData.self])
}

/// Shows the contents of a data set.
struct InspectData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show counts, sizes, class balance, brightness and files that cannot be read.",
        discussion: """
            Understands fashion-mnist, mnist, cifar-10, cifar-100 and the toys of data.distribution, such as two_modes;
            folders of PNG and JPEG images (a folder per class), tar and zip archives of them; .npz files of samples,
            .npz and .npy files of points; and latents in .safetensors, .npz and .npy files or folders of these.
            Exit code 1 if a file cannot be read.

            Examples:
              pushforward data inspect fashion-mnist:test --sheet clothes.png
              pushforward data inspect photos --size 64
              pushforward data inspect images.tar.gz --json -
            """)

    @Argument(help: "Name or path, with :train, :val or :test for a part.")
    var source: String

    @Option(
        help:
            "Height and width in pixels that images of folders and archives are cropped and resized to. [default: as they are]"
    )
    var size: Int?

    @Option(help: ArgumentHelp("Write a sheet of images. [default: not written]", valueName: "file.png"))
    var sheet: String?

    @Flag(help: "Exit with 0 even if files cannot be read, as training with data.skip_unreadable does.")
    var skipUnreadable = false

    @OptionGroup var machine: ThreadOptions

    @OptionGroup var json: JSONOption

    func validate() throws {
        if let size, !(1...16_384).contains(size) {
            throw ValidationError("--size must be from 1 to 16384, not \(size).")
        }
    }

    func run() throws {
        try Room.requireImages(of: size)
        try TextOutput.check(["--sheet": sheet])
        try json.check()
        let opened = try DataReference(parsing: source).opened(.init(size: size))
        let inspection = try DataInspection(opened, sheet: sheet == nil ? 0 : 64)
        let facts = Facts(inspection, part: opened.part?.rawValue, of: opened.parts.map(\.rawValue))
        try json.show(facts, text: facts.text)
        if let sheet { try write(inspection.contactSheet, to: sheet) }
        if !inspection.problems.isEmpty, !skipUnreadable { throw ExitCode(1) }
    }

    private func write(_ image: Image8?, to path: String) throws {
        guard let image else { throw RequestError("--sheet: the examples are not gray or RGB images.") }
        try image.writePNG(to: Place.output(path))
    }

    private struct Facts: Encodable {
        struct Class: Encodable {
            var name: String
            var count: Int
        }

        var count: Int
        var part: String?
        var shape: [Int]
        var classes: [Class]
        var means: [Double]
        var deviations: [Double]
        var problems: [String]
        var remarks: [String]
        /// The parts that were counted together, of data in parts of which none was named.
        var parts: [String]?
        /// Those of the problems that are files of another size or kind than the others.
        private var differing: Set<String>

        private enum CodingKeys: CodingKey {
            case count, part, shape, classes, means, deviations, problems, remarks, parts
        }

        init(_ inspection: DataInspection, part: String?, of parts: [String]) {
            self.part = part
            self.parts = part == nil && !parts.isEmpty ? parts : nil
            differing = Set(inspection.problems.filter { $0.code == .mismatch }.map(\.description))
            count = inspection.count
            shape = inspection.shape
            classes = inspection.classes.map { Class(name: $0.name, count: $0.count) }
            means = inspection.means
            deviations = inspection.deviations
            problems = inspection.problems.map(\.description)
            remarks = inspection.remarks
        }

        var text: String {
            let sizes = shape.map(String.init).joined(separator: " x ")
            let all = parts.map { $0.count == 1 ? ", part \($0[0])" : ", all parts: \($0.joined(separator: ", "))" }
            let place = part.map { ", part \($0)" } ?? all ?? ""
            var lines = ["\(counted(count, "example")) of \(sizes)\(place)"]
            let axis = shape.count == 1 && means.count == shape[0] ? "dimension" : "channel"
            for (channel, (mean, deviation)) in zip(means, deviations).enumerated() {
                lines.append("\(axis) \(channel): mean \(rounded(mean)), standard deviation \(rounded(deviation))")
            }
            // Those without examples are told in a remark.
            let there = classes.filter { $0.count > 0 }
            let empty = classes.count - there.count
            let number = counted(classes.count, "class", "classes") + (empty > 0 ? ", \(empty) of them empty" : "")
            lines.append(classes.isEmpty ? "no labels" : number)
            let width = there.map(\.name.count).max() ?? 0
            for entry in there.prefix(100) {
                lines.append("  \(entry.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(entry.count)")
            }
            if there.count > 100 { lines.append("  and \(there.count - 100) more") }
            lines += remarks
            for (list, what) in [
                (problems.filter { !differing.contains($0) }, "cannot be read"),
                (problems.filter(differing.contains), "can be read, but not beside the others as they are"),
            ] where !list.isEmpty {
                lines.append("\(counted(list.count, "file")) \(what):")
                lines += list.map { "  \($0)" }
            }
            return lines.joined(separator: "\n")
        }

        private func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
            "\(count) \(count == 1 ? one : many ?? one + "s")"
        }

        private func rounded(_ value: Double) -> String {
            abs(value) < 1e6 ? value.formatted(.number.precision(.fractionLength(2))) : String(format: "%.4g", value)
        }
    }
}
