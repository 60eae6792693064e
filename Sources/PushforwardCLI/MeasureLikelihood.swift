internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Bits per dimension of data under a run.
struct MeasureLikelihood: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likelihood",
        abstract: "Measure the likelihood of data under a run, in bits per dimension.",
        discussion: """
            For runs of flow, diffusion, edm and score. Each example is followed along the probability flow to its noise,
            with the divergence of the velocity; images are dequantised uniformly. The table gives the mean with its
            standard error over examples, evaluations, and how far examples come back from their noise. Several
            tolerances make a study of the solver's error on the same examples and probes.

            Examples:
              pushforward likelihood --run runs/fashion-flow --data fashion-mnist:test --count 64
              pushforward likelihood --run runs/toy-edm --data two_modes --divergence exact --tolerance 1e-2 1e-3 1e-4
            """)

    /// A way to the divergence.
    enum Way: String, CaseIterable, ExpressibleByArgument {
        case exact, hutchinson
    }

    @Option(name: .customLong("run"), help: ArgumentHelp("Folder of the run.", valueName: "folder"))
    var source: String

    @Option(help: "Data: a name or path, with :train, :val or :test for a part. [default: the run's own, test part]")
    var data: String?

    @Option(help: "Number of examples, at equal distances.")
    var count = 64

    @Option(help: "exact (a backward pass per dimension) or hutchinson.")
    var divergence = Way.hutchinson

    @Option(help: "Random vectors of hutchinson; each is a backward pass.")
    var probes = 1

    @Option(parsing: .upToNextOption, help: "Largest error of a step; several for a study. [default: 1e-3]")
    var tolerance: [Double] = []

    @Flag(help: "The model without class, where labels were dropped in training.")
    var unconditional = false

    @Option(help: "Averaged weights (ema), or those of the last step (raw).")
    var weights = TrainedModel.Choice.ema

    @Option(help: "Origin of dequantisation and probes.")
    var seed: UInt64 = 0

    @Option(help: "Examples at a time.")
    var batch = 64

    @Option(
        help: ArgumentHelp(
            "Write all numbers as JSON; - for standard output. [default: not written]", valueName: "file.json"))
    var json: String?

    @OptionGroup var machine: ThreadOptions

    func validate() throws {
        guard count >= 1, batch >= 1, probes >= 1 else {
            throw ValidationError("--count, --batch and --probes must be at least 1.")
        }
        guard divergence == .hutchinson || probes == 1 else {
            throw ValidationError("--probes are those of --divergence hutchinson.")
        }
        if let wrong = tolerance.first(where: { !(1e-9...1).contains($0) }) {
            throw ValidationError("--tolerance must be from 1e-9 to 1, not \(wrong).")
        }
    }

    /// All that is known of the measurement.
    private struct Report: Encodable {
        var run: String
        var step: Int
        var weights: String
        var data: String
        var count: Int
        var dimensions: Int
        var divergence: String
        var dequantisation: String
        var prior: String
        var rows: [RunLikelihood.Row]
    }

    func run() throws {
        try TextOutput.check(["--json": json])
        let model = try TrainedModel(RunFolder(Place.folder(source)), weights: weights)
        let way: Divergence = divergence == .exact ? .exact : .hutchinson(probes: probes)
        let likelihood = try RunLikelihood(model, divergence: way)
        let (examples, labels, name) = try chosenExamples(model)
        let tolerances = tolerance.isEmpty ? [1e-3] : tolerance
        let progress = WorkProgress()
        let rows = try tolerances.enumerated().map { place, tolerance in
            try likelihood.measure(examples, labels: labels, tolerance: tolerance, seed: Seed(seed), batch: batch) {
                progress.update("likelihood", (Double(place) + $0) / Double(tolerances.count), of: labels.count)
            }
        }
        progress.finish()
        let scale = likelihood.scale
        let report = Report(
            run: source, step: model.step, weights: weights.rawValue, data: name, count: labels.count,
            dimensions: likelihood.dimensions,
            divergence: divergence == .exact ? "exact" : "Hutchinson, \(probes) probe\(probes == 1 ? "" : "s")",
            dequantisation: scale == 1
                ? "none (points)" : scale == 128 ? "uniform, (x + u) / 128 - 1" : "uniform, (x + u - 1/2) / 127.5 - 1",
            prior: likelihood.prior, rows: rows)
        if json != "-" { print(text(of: report)) }
        if let json { try TextOutput(json).write(JSONText.of(report) + "\n") }
    }

    /// Examples at equal distances, their labels, and the data's name.
    private func chosenExamples(_ model: TrainedModel) throws -> (examples: Tensor, labels: [Int], name: String) {
        let own = model.settings.data.reference
        let reference = try data.map { try DataReference(parsing: $0) } ?? DataReference(own.name, preferring: .test)
        let layout = model.layout
        let shape: ImageCollection.Configuration =
            layout.isImage ? .init(size: layout.height, channels: layout.channels) : .init()
        let opened = try reference.opened(shape)
        let dataset = opened.dataset
        let indices = dataset.spread(count)
        let examples = try dataset.examples(at: indices).values
        guard Array(examples.shape.dropFirst()) == layout.sampleShape else {
            throw RequestError(
                "\(reference) has examples of shape \(examples.shape.dropFirst()), the run learned \(layout.sampleShape)."
            )
        }
        let nothing = layout.classes
        if unconditional {
            let interface = model.settings.method.interface(for: layout)
            guard interface.nullClass else {
                throw RequestError("--unconditional: the run dropped no labels in training (method.drop_labels: 0).")
            }
            return (examples, indices.map { _ in nothing }, "\(reference)")
        }
        let labels = indices.map { layout.classes == 1 ? 0 : dataset.labels?[$0] ?? -1 }
        guard labels.allSatisfy({ (0..<layout.classes).contains($0) }) else {
            throw RequestError(
                "\(reference) has other classes than the \(layout.classes) that the run learned: use --unconditional.")
        }
        return (examples, labels, "\(reference)")
    }

    private func text(of report: Report) -> String {
        var lines = [
            "\(report.count) examples of \(report.data), \(report.dimensions) dimensions; step \(report.step), "
                + "\(report.weights) weights",
            "divergence \(report.divergence); dequantisation \(report.dequantisation); prior \(report.prior)", "",
            "tolerance   bits/dim             nats   evaluations   there and back: mean, worst",
        ]
        for row in report.rows {
            lines.append(
                String(
                    format: "%9.0e   %.4f +- %.4f %10.2f   %11.1f   %.1e, %.1e", row.tolerance, row.bitsPerDimension,
                    row.standardError, row.logDensity, row.evaluations, row.roundTrip, row.worstRoundTrip))
            if row.incomplete > 0 {
                lines.append("           \(row.incomplete) examples are left out: the solver failed")
            }
        }
        return lines.joined(separator: "\n")
    }
}
