public import ArgumentParser
internal import Foundation
internal import Logging
internal import Pushforward

/// Draws samples from a trained run, or with a model that was imported.
struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw samples from a trained run, or with imported weights.",
        discussion: """
            The end of --out decides: .png is one sheet of pictures; / is a folder of PNG files, one per sample, named by
            number and class, such as 000012-7.png; .npz holds arr_0 (uint8 [N, H, W, C]) and arr_1 (int64 labels [N]), as
            the ADM evaluation suite reads them; .npy is arr_0 alone. The same seed gives the same samples, however many
            are drawn. The report, also as JSON, holds count, sampler, evaluations and passes per sample, why each stopped, and
            seconds.

            Examples:
              pushforward sample --run runs/demo --count 100 --out clothes.png
              pushforward sample --run runs/demo --count 500 --out clothes/
              pushforward sample --run runs/demo --count 10000 --labels balanced --out samples.npz --json report.json
              pushforward sample --run runs/demo --count 16 --labels 5,7,9 --seed 3 --out shoes.png
              pushforward sample --run runs/flow --count 64 --set sampling.steps=8 --out quick.png
              pushforward sample --weights models/drift-L --labels 22,88 --guidance 1.5 --count 16 --out birds.png
            """)

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("Folder of the run. [default: none: --weights names an imported model]", valueName: "folder")
    )
    var path: String?

    @Option(help: "Number of samples.")
    var count: Int

    @Option(
        help: ArgumentHelp(
            "balanced: every class in turn; all: class after class, equally many of each; or class numbers such as 0,3,5.",
            valueName: "balanced|all|0,3,5"))
    var labels = "balanced"

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change how samples are drawn, such as sampling.steps=8 or sampling.strength=1.5. May be repeated. [default: as the run's config.yaml]",
            valueName: "sampling.key=value"))
    var set: [String] = []

    @Option(help: "Seed of the noise.")
    var seed: UInt64 = 0

    @Option(help: "Samples drawn at a time; the samples are the same for any number.")
    var batch = 512

    @Option(
        help: ArgumentHelp(
            "Of a run: averaged weights (ema), or those of the last step (raw). Without a run: folder that import wrote.",
            valueName: "ema|raw|folder"))
    var weights = TrainedModel.Choice.ema.rawValue

    @Option(help: "Guidance of imported weights; a run's is sampling.strength or sampling.guidance. [default: 1]")
    var guidance: Double?

    @Option(help: "Steps of imported weights; a run's is sampling.steps. [default: the scheduler's]")
    var steps: Int?

    @Option(help: "Device: cpu, cuda:N or mps. [default: the run's]")
    var device: String?

    @OptionGroup var machine: ThreadOptions

    @Option(help: ArgumentHelp("A file, .png, .npz or .npy, or a folder.", valueName: "file|folder/"))
    var out: String

    @OptionGroup var json: JSONOption

    func validate() throws {
        guard count >= 1 else { throw ValidationError("--count must be at least 1, not \(count).") }
        _ = try SampleOutput(out)
        guard batch >= 1 else { throw ValidationError("--batch must be at least 1, not \(batch).") }
        guard steps ?? 1 >= 1 else { throw ValidationError("--steps must be at least 1.") }
        guard guidance?.isFinite ?? true else { throw ValidationError("--guidance must be a number.") }
        try validateSource()
    }

    /// A run with one of its choices of weights, or a folder of weights.
    private func validateSource() throws {
        let choices = TrainedModel.Choice.allCases.map(\.rawValue)
        guard path != nil else {
            guard !choices.contains(weights) else {
                throw ValidationError(
                    "Missing expected argument '--run <folder>', or '--weights <folder>' of an import.")
            }
            guard set.isEmpty else {
                throw ValidationError("--set changes runs; of imported weights, --steps and --guidance can be chosen.")
            }
            return
        }
        guard choices.contains(weights) else {
            let hint = Suggestion.didYouMean(weights, among: choices).map { " \($0)" } ?? ""
            throw ValidationError("--weights of a run is ema or raw, not '\(weights)'.\(hint)")
        }
        guard steps == nil, guidance == nil else {
            throw ValidationError(
                "--steps and --guidance are for imported weights; for a run use --set sampling.KEY=VALUE.")
        }
    }

    func run() throws {
        guard let path, let weights = TrainedModel.Choice(rawValue: weights) else { return try runImported(weights) }
        let output = try SampleOutput(out)
        try json.check(beside: out)
        let device = try device.map { try Device(named: $0) }
        let model = try TrainedModel(
            RunFolder(Place.folder(path)), methods: .all, weights: weights, on: device, setting: set)
        if output.isOfPictures, !model.layout.isImage {
            let kind = model.layout.kind.rawValue
            throw RequestError(
                "\(path) generates \(kind), not pictures: write them to an .npz or .npy file, not to \(out).")
        }
        try requireRoom(for: model.layout, output)
        let labels = try LabelChoice(labels, model.layout, of: path).labels(count)
        let start = ContinuousClock.now
        let progress = WorkProgress()
        let samples = try catchingTorchErrors {
            try model.samples(of: labels, seed: Seed(seed), batch: batch) { progress.update("sampling", $0, of: count) }
        }
        progress.finish()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try output.write(samples.values, of: model.layout, labels)
        try report(samples, model.source.description, seconds)
    }

    /// Refuses numbers of samples that this machine cannot hold.
    func requireRoom(for layout: DataLayout, _ output: SampleOutput) throws {
        try Room.require(
            Double(count) * Double(output.bytesPerSample(of: layout)), for: "--count: \(count) samples",
            advice: "Draw fewer at a time, with another --seed for each file.")
        // A solver holds its state, its stages and their sums, in float32.
        let rows = min(batch, count)
        try Room.require(
            Double(rows) * Double(12 * 4 * layout.shape.reduce(1, *)), for: "--batch: \(rows) samples at a time",
            advice: "Reduce --batch.")
    }

    func report(_ samples: Samples, _ sampler: String, _ seconds: Double) throws {
        let failed = samples.failures
        if let failed {
            ProgressOutput.standardError.write("Warning: \(failed)\n")
        }
        let rate = (Double(count) / seconds).formatted(.number.precision(.significantDigits(2)))
        let cost = SamplingCost(samples)
        let values = Report(
            count: count, sampler: sampler, cost: cost, seconds: seconds, seed: seed,
            weights: weights, out: out)
        try json.show(
            values,
            text: "\(count) sample\(count == 1 ? "" : "s"), \(sampler), \(cost.description), \(rate) per second: \(out)"
        )
    }

    struct Report: Encodable {
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

/// A request that a run cannot fulfil, which only shows when the run is known.
struct RequestError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
