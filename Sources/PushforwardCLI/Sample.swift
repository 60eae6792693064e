public import ArgumentParser
internal import Foundation
internal import Logging
internal import Pushforward

/// Draws samples from a trained run.
struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw samples from a trained run.",
        discussion: """
            The suffix of --out decides: .png is a sheet of pictures, .npz holds arr_0 (uint8 [N, H, W, C]) and arr_1
            (int64 labels [N]), as the ADM evaluation suite reads them. The same seed gives the same samples, however
            many are drawn.

            Examples:
              pushforward sample --run runs/demo --count 100 --out clothes.png
              pushforward sample --run runs/demo --count 10000 --labels balanced --out samples.npz --json
              pushforward sample --run runs/demo --count 16 --labels 5,7,9 --seed 3 --out shoes.png
              pushforward sample --run runs/flow --count 64 --set sampling.steps=8 --out quick.png
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("Folder of the run.", valueName: "folder"))
    var path: String

    @Option(help: "Number of samples.")
    var count: Int

    @Option(
        help: ArgumentHelp(
            "balanced: every class in turn; all: class after class, equally many of each; or numbers of classes such as 0,3,5.",
            valueName: "balanced|all|0,3,5"))
    var labels = "balanced"

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change how samples are drawn, such as sampling.steps=8 or sampling.strength=1.5. May be repeated.",
            valueName: "sampling.key=value"))
    var set: [String] = []

    @Option(help: "Origin of the noise.")
    var seed: UInt64 = 0

    @Option(help: "Samples that are under way at the same time; the samples are the same for any number.")
    var batch = 512

    @Option(help: "Averaged weights or those the optimiser left.")
    var weights = TrainedModel.Choice.ema

    @Option(help: "cpu, cuda:N or mps; the run's device if left out.")
    var device: String?

    @OptionGroup var machine: ThreadOptions

    @Option(help: ArgumentHelp("The file, .png or .npz.", valueName: "file"))
    var out: String

    @Flag(help: "Print count, sampler, evaluations and passes per sample, reasons to stop and seconds as JSON.")
    var json = false

    func validate() throws {
        guard count >= 1 else { throw ValidationError("--count must be at least 1, not \(count).") }
        guard ["png", "npz"].contains(URL(filePath: out).pathExtension) else {
            throw ValidationError("--out must end in .png or .npz: '\(out)' does not say what to write.")
        }
        let folder = URL(filePath: out).deletingLastPathComponent()
        guard FileManager.default.fileExists(atPath: folder.path) else {
            throw ValidationError("--out: there is no folder \(folder.path). Make it first, or name another.")
        }
        guard batch >= 1 else { throw ValidationError("--batch must be at least 1, not \(batch).") }
    }

    func run() throws {
        try TextOutput.check(["--out": out])
        let device = try device.map { try Device(named: $0) }
        let model = try TrainedModel(
            RunFolder(URL(filePath: path)), methods: .all, weights: weights, on: device, setting: set)
        if URL(filePath: out).pathExtension == "png", !model.layout.isImage {
            let kind = model.layout.kind.rawValue
            throw RequestError("\(path) generates \(kind), not pictures: write them to an .npz file, not to \(out).")
        }
        try requireRoom(for: model.layout)
        let labels = try LabelChoice(labels, model.layout).labels(count)
        let start = ContinuousClock.now
        let progress = SamplingProgress(count: count)
        let samples = try catchingTorchErrors {
            try model.samples(of: labels, seed: Seed(seed), batch: batch, progress: progress.update)
        }
        progress.finish()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try write(samples.values, of: model.layout, labels)
        try report(samples, model.source.description, seconds)
    }

    /// Refuses a number of samples that this machine cannot hold.
    private func requireRoom(for layout: DataLayout) throws {
        // Values in float32, and a label of 8 bytes.
        let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: 4 * layout.sampleShape.reduce(1, *) + 8)
        let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard isTooLarge || bytes > memory else { return }
        throw RequestError(
            """
            --count: \(count) samples do not fit into the \(memory >> 30) GiB of this machine. Draw fewer at a time, with \
            another --seed for each file.
            """)
    }

    private func write(_ values: Tensor, of layout: DataLayout, _ labels: [Int]) throws {
        let url = URL(filePath: out)
        guard url.pathExtension == "png" else {
            return try SampleSheet.writeArchive(values, of: layout, labels: labels, to: url)
        }
        // A row per class where classes come equally often.
        let order = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
        let classes = Set(labels).count
        let perRow = labels.count % classes == 0 && labels.count / classes > 1 ? labels.count / classes : nil
        let columns = perRow.flatMap { $0 <= 32 ? $0 : nil } ?? Int(Double(labels.count).squareRoot().rounded(.up))
        try SampleSheet.write(values.indexSelect(0, Tensor(order)), perRow: columns, layout.quantisation, to: url)
    }

    private func report(_ samples: Samples, _ sampler: String, _ seconds: Double) throws {
        let failed = samples.failures
        if let failed {
            ProgressOutput.standardError.write("Warning: \(failed)\n")
        }
        guard json else {
            let rate = (Double(count) / seconds).formatted(.number.precision(.significantDigits(2)))
            let cost = SamplingCost(samples).description
            print("\(count) sample\(count == 1 ? "" : "s"), \(sampler), \(cost), \(rate) per second: \(out)")
            return
        }
        let values = Report(
            count: count, sampler: sampler, cost: SamplingCost(samples), seconds: seconds, seed: seed,
            weights: weights.rawValue, out: out)
        print(try JSONText.of(values))
    }

    private struct Report: Encodable {
        var count: Int
        var sampler: String
        var cost: SamplingCost
        var seconds: Double
        var seed: UInt64
        var weights: String
        var out: String
    }
}

extension TrainedModel.Choice: ExpressibleByArgument {}

/// The choice of `--labels`.
struct LabelChoice {
    private let classes: [Int]
    private let isSorted: Bool

    init(_ text: String, _ layout: DataLayout) throws {
        isSorted = text == "all"
        if text == "all" || text == "balanced" {
            classes = Array(0..<layout.classes)
            return
        }
        classes = try text.split(separator: ",").map { part in
            guard let label = Int(part.trimmingCharacters(in: .whitespaces)), (0..<layout.classes).contains(label)
            else {
                throw RequestError(
                    "--labels: '\(part)' is no class. Write balanced, all, or numbers from 0 to \(layout.classes - 1) with commas."
                )
            }
            return label
        }
        guard !classes.isEmpty else { throw RequestError("--labels names no class.") }
    }

    /// The classes of `count` samples.
    func labels(_ count: Int) -> [Int] {
        let cycled = (0..<count).map { classes[$0 % classes.count] }
        return isSorted ? cycled.sorted() : cycled
    }
}

/// A request that a run cannot fulfil, which only shows when the run is known.
struct RequestError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
