internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Measures samples against data.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure samples of a run, or of a file, against data.",
        discussion: """
            Prints a table with error bars and all that is needed to repeat it. The built-in classifier is trained on the
            data's labels once, in about a minute, and kept. Its numbers are not FID: only the Inception network's are.

            Examples:
              pushforward evaluate --run runs/demo
              pushforward evaluate --run runs/demo --count 10000 --seeds 3 --json report.json
              pushforward evaluate --samples samples.npz --data fashion-mnist:test --metrics frechet,precision,recall
              pushforward evaluate --samples samples.npz --data photos \\
                  --extractor inception --inception-weights pt_inception-2015-12-05-6726825d.pth
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("Folder of a run to sample from.", valueName: "folder"))
    var runPath: String?

    @Option(help: ArgumentHelp("Samples in an .npz, as `pushforward sample` writes it.", valueName: "file"))
    var samples: String?

    @Option(
        help: ArgumentHelp(
            "The data; the run's own if left out, and the test split unless named.", valueName: "name[:split]"))
    var data: String?

    @Option(help: ArgumentHelp("Metrics with commas; all if left out.", valueName: "frechet,kid,..."))
    var metrics: String?

    @Option(help: "Number of samples, and of images of the data.")
    var count = 10_000

    @Option(help: "Number of sets that a run samples, with different seeds: their spread is the error bar.")
    var seeds = 1

    @Option(help: "Seed of the first set.")
    var seed: UInt64 = 0

    @Option(help: "Averaged weights or those the optimiser left.")
    var weights = TrainedGenerator.Choice.ema

    @Option(help: "Guidance strength, at least 1, for runs that were trained with guidance.")
    var guidance: Double?

    @Option(help: "cpu, cuda:N or mps for sampling; the run's device if left out.")
    var device: String?

    @Option(help: "What makes the features: classifier, pixels or inception.")
    var extractor = "classifier"

    @Option(
        help: ArgumentHelp("State dict of the 2015 Inception network, as pytorch-fid loads it.", valueName: "file.pth"))
    var inceptionWeights: String?

    @Option(help: ArgumentHelp("Also write the report as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Also write the report as Markdown.", valueName: "file"))
    var markdown: String?

    func validate() throws {
        guard (runPath == nil) != (samples == nil) else {
            throw ValidationError("Name either --run or --samples.")
        }
        guard samples == nil || data != nil else {
            throw ValidationError("--samples needs --data: what should they look like?")
        }
        guard count >= 2, seeds >= 1 else {
            throw ValidationError("--count must be at least 2 and --seeds at least 1.")
        }
        guard samples == nil || seeds == 1 else {
            throw ValidationError("--seeds is for runs; a file holds one set of samples.")
        }
        _ = try chosenMetrics
        _ = try choice
    }

    func run() throws {
        let started = ContinuousClock.now
        let report: EvaluationReport
        if let runPath {
            let generator = try TrainedGenerator(
                RunFolder(URL(filePath: runPath)), weights: weights, on: device.map { try Device(named: $0) })
            report = try measure(generator, from: runPath, started)
        } else {
            report = try measure(SampleArchive(contentsOf: URL(filePath: samples ?? "")), from: samples ?? "", started)
        }
        print(report.markdown(), terminator: "")
        if let json { try AtomicFile.write(report.json() + "\n", to: URL(filePath: json)) }
        if let markdown { try AtomicFile.write(report.markdown(), to: URL(filePath: markdown)) }
    }

    private func measure(
        _ generator: TrainedGenerator, from source: String, _ started: ContinuousClock.Instant
    ) throws -> EvaluationReport {
        guard generator.layout.isImage else {
            throw ValidationError("\(source) makes \(generator.layout.kind.rawValue); evaluate measures images.")
        }
        if guidance != nil, !generator.isGuided {
            throw ValidationError("\(source) was trained without guidance: leave --guidance out.")
        }
        let own = generator.settings.data.reference.part(.test)
        let reference = try data.map { try DataReference(parsing: $0, default: .test) } ?? own
        let layout = generator.layout
        let shape = ImageCollection.Configuration(size: layout.height, channels: layout.channels)
        let real = try images(reference, shape)
        let classes = generator.layout.classes
        let labels = (0..<count).map { $0 % classes }
        let sets = try (0..<seeds).map { index in
            try catchingTorchErrors {
                let seed = Seed(seed &+ UInt64(index))
                return Pixels.bytes(generator.samples(of: labels, guidance: guidance ?? 1, seed: seed))
            }
        }
        var origin = EvaluationReport.Samples(source: source, count: count, sets: seeds)
        origin.sampler = "one-step"
        origin.evaluationsPerSample = 1
        origin.guidance = generator.isGuided ? guidance ?? 1 : nil
        origin.weights = weights.rawValue
        origin.step = generator.step
        origin.seed = seed
        return try report(sets, real, origin, reference, shape, started)
    }

    private func measure(
        _ file: SampleArchive, from source: String, _ started: ContinuousClock.Instant
    ) throws -> EvaluationReport {
        let reference = try DataReference(parsing: data ?? "", default: .test)
        let taken = min(count, file.images.shape[0])
        let origin = EvaluationReport.Samples(source: source, count: taken)
        let size = Array(file.images.shape.dropFirst())
        // Images of folders and archives are brought to the samples' size, where that is a square.
        let shape = ImageCollection.Configuration(size: size[1] == size[2] ? size[1] : nil, channels: size[0])
        return try report(
            [file.images.slice(0, 0, taken)], images(reference, shape), origin, reference, shape, started)
    }

    private func images(_ reference: DataReference, _ shape: ImageCollection.Configuration) throws -> Tensor {
        let dataset = try reference.open(shape)
        return try dataset.examples(at: dataset.spread(count)).values
    }

    private func report(
        _ sets: [Tensor], _ real: Tensor, _ origin: EvaluationReport.Samples, _ reference: DataReference,
        _ shape: ImageCollection.Configuration, _ started: ContinuousClock.Instant
    ) throws -> EvaluationReport {
        let features = try choice.make(for: reference, shape, progress: Self.show)
        let name = EvaluationReport.Data(
            name: reference.name, split: reference.split?.rawValue, count: real.shape[0])
        return try catchingTorchErrors {
            try SampleEvaluation(features, Evaluator(chosenMetrics)).report(
                sets, against: real, samples: origin, data: name, started: started)
        }
    }

    private var choice: ExtractorChoice {
        get throws {
            try ExtractorChoice(parsing: extractor, inceptionWeights: inceptionWeights.map { URL(filePath: $0) })
        }
    }

    private var chosenMetrics: [Metric] {
        get throws {
            guard let metrics else { return Metric.allCases }
            return try metrics.split(separator: ",").map { part in
                let name = part.trimmingCharacters(in: .whitespaces)
                guard let metric = Metric(rawValue: name) else {
                    let known = Metric.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--metrics: there is no '\(name)'. Write \(known).")
                }
                return metric
            }
        }
    }

    private static func show(_ progress: ClassifierTraining.Progress) {
        guard progress.step % 200 == 0 || progress.step == progress.steps else { return }
        let line = "training the classifier that judges: step \(progress.step) of \(progress.steps)\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}
