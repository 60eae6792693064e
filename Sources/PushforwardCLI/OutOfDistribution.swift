internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Tells strangers from a run's own data by their distance.
struct OutOfDistribution: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ood",
        abstract: "Measure how well a run of distance marching tells strangers from its own data.",
        discussion: """
            The score of an image is the distance from the data that the network tells: at the image as it is (clean), and
            after slight noise, (1 - s) x + s e (noised). A high score means a stranger. Printed are the area under the ROC
            curve (AUROC), where strangers are the positives and ties count one half, and the share of the run's own that is
            flagged where 95 % of the strangers are (FPR95), with 95 % confidence intervals from a bootstrap.

            Both sets are data, as for evaluate, or for --out also: uniform-noise; digits, drawn by this program like those of
            MNIST; rotated and inverted, made of the images inside. Images of another size or number of channels are resized,
            and made gray or RGB.

            Examples:
              pushforward ood --run runs/fashion-distance --in fashion-mnist:test --out uniform-noise
              pushforward ood --run runs/fashion-distance --in fashion-mnist:test --out digits --json digits.json
              pushforward ood --run runs/fashion-distance --in fashion-mnist:test --out cifar-10:test --plot cifar.png
              pushforward ood --run runs/fashion-distance --in fashion-mnist:test --out photos --json -
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("Folder of a run of distance marching.", valueName: "folder"))
    var path: String

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("The run's own: data, their test split unless another is named.", valueName: "name[:split]"))
    var inside: String

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp(
            "The strangers: uniform-noise, digits, rotated, inverted, or data, their test split unless another is named.",
            valueName: "set"))
    var outside: String

    @Option(help: "Images of each set, at most.")
    var count = 2000

    @Option(help: "Share s of noise in the noised images, above 0 and below 1.")
    var noise = 0.1

    @Option(help: "Seed of noise, drawn sets and the bootstrap.")
    var seed: UInt64 = 0

    @Option(help: "Averaged weights (ema), or those of the last step (raw).")
    var weights = TrainedModel.Choice.ema

    @Option(help: "Device: cpu, cuda:N or mps. [default: the run's]")
    var device: String?

    @OptionGroup var machine: ThreadOptions

    @Option(
        help: ArgumentHelp(
            "Write the report as JSON; - is the standard output. [default: not written]", valueName: "file.json"))
    var json: String?

    @Option(help: ArgumentHelp("Draw the distances of both sets. [default: not drawn]", valueName: "file.png"))
    var plot: String?

    func validate() throws {
        guard count >= 1 else { throw ValidationError("--count must be at least 1, not \(count).") }
        guard noise > 0, noise < 1 else { throw ValidationError("--noise must be above 0 and below 1, not \(noise).") }
    }

    func run() throws {
        try TextOutput.check(["--json": json, "--plot": plot])
        let model = try TrainedModel(
            RunFolder(Place.folder(path)), methods: .all, weights: weights, on: device.map { try Device(named: $0) })
        guard let source = model.source as? any DistanceSource else {
            throw RequestError(
                "\(path) is no run of distance marching: only its networks tell distances. Train one: presets/fashion-distance.yaml."
            )
        }
        guard model.layout.isImage else {
            throw RequestError("\(path) generates \(model.layout.kind.rawValue), and ood compares images.")
        }
        let shape = model.layout.sampleShape
        guard shape[1] == shape[2] else { throw RequestError("ood compares square images, and \(path) has \(shape).") }
        let sets = try (inside: StrangerSet(parsing: inside), outside: StrangerSet(parsing: outside))
        let own = try sets.inside.images(count, shape: shape, inside: nil, seed: Seed(seed))
        let strange = try sets.outside.images(count, shape: shape, inside: own, seed: Seed(seed))
        let scores = try catchingTorchErrors { try [own, strange].map { try self.scores(of: $0, by: source, model) } }
        let report = try StrangerReport(
            [("clean", scores[0].clean, scores[1].clean), ("noised", scores[0].noised, scores[1].noised)],
            seed: Seed(seed))
        if let plot { draw(scores[0].clean, scores[1].clean, to: plot) }
        try write(report, model.step, counts: (own.shape[0], strange.shape[0]))
    }

    /// The scores of images, uint8.
    private func scores(
        of images: Tensor, by source: any DistanceSource, _ model: TrainedModel
    ) throws -> (clean: Tensor, noised: Tensor) {
        let layout = model.layout
        let seen = Pixels.padded(Pixels.floats(images.to(model.device)), to: Size2D(layout.size))
        let precision = model.settings.training.precision.dtype(on: model.device)
        return withAutocast(precision, on: model.device) {
            withoutGradients { source.strangerScores(of: seen, noise: noise, seed: Seed(seed)) }
        }
    }

    private func draw(_ own: Tensor, _ strange: Tensor, to file: String) {
        do {
            try StrangerReport.draw(
                inside: own, outside: strange, names: (inside, outside), to: URL(filePath: file))
        } catch {
            ProgressOutput.standardError.write("Warning: \(file) is missing: \(error)\n")
        }
    }

    private func write(_ report: StrangerReport, _ step: Int, counts: (Int, Int)) throws {
        let output = json.map { TextOutput($0) }
        if output?.isStandardOutput != true {
            print("\(counts.0) images of \(inside) against \(counts.1) of \(outside), step \(step)")
            for name in report.scores.keys.sorted() {
                let interval = (report.intervals[name] ?? []).map { String(format: "%.4f", $0) }.joined(separator: ", ")
                print(
                    "  \(name.padding(toLength: 14, withPad: " ", startingAt: 0))"
                        + String(format: "%.4f", report.scores[name] ?? .nan) + "  [\(interval)]")
            }
        }
        let record = Record(
            scores: report.scores, intervals: report.intervals, medians: report.medians, run: path, step: step,
            weights: weights.rawValue, inside: .init(name: inside, count: counts.0),
            outside: .init(name: outside, count: counts.1), noise: noise, seed: seed)
        try output?.write(try JSONText.of(record) + "\n")
    }

    private struct Record: Encodable {
        struct Part: Encodable {
            var name: String
            var count: Int
        }

        var scores: [String: Double]
        var intervals: [String: [Double]]
        var medians: [String: Double]
        var run: String
        var step: Int
        var weights: String
        var inside: Part
        var outside: Part
        var noise: Double
        var seed: UInt64
    }
}
