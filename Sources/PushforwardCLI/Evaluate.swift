public import ArgumentParser
internal import Foundation
internal import Pushforward

/// Measures samples against data.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure samples of a run, or of a file, against data.",
        discussion: """
            Prints a table with error bars and all that is needed to repeat it. The built-in classifier is trained on the
            data's labels once, in about a minute, and kept. Its numbers are not FID: only the Inception network's are.

            --extractor chooses the features in which images are compared; numbers of different features do not compare.
            classifier: 128 numbers of a small network that learns the data's labels. pixels: the pixels themselves, which two
            metrics always see. inception: 2048 numbers of the 2015 Inception network, as for FID. run:FOLDER: the last map of
            the encoder of a drifting run.

            Points are compared by their coordinates. The judge of a run's own reports is another setting of that run,
            evaluation.judge: own (features of the method), classifier, or pixels.

            A metric that cannot be computed is listed with its reason; the others are measured all the same.

            Examples:
              pushforward evaluate --run runs/demo
              pushforward evaluate --run runs/demo --count 10000 --seeds 3 --json report.json
              pushforward evaluate --run runs/flow --set sampling.steps=8
              pushforward evaluate --run runs/toy-flow --metrics sliced_wasserstein,mmd,energy_distance
              pushforward evaluate --samples samples.npz --data fashion-mnist:test --metrics frechet,precision,recall
              pushforward evaluate --samples generated-images --data photos --size 64 --extractor pixels
              pushforward evaluate --samples samples.npz --reference VIRTUAL_imagenet256_labeled.npz \\
                  --extractor inception --inception-weights pt_inception-2015-12-05-6726825d.pth
            """)

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("Folder of a run to sample from. [default: none; --samples instead]", valueName: "folder"))
    var runPath: String?

    @Option(
        help: ArgumentHelp(
            "Samples: a folder or archive of PNG and JPEG images, or an .npz of images or points as `pushforward sample` writes it. [default: none; --run instead]",
            valueName: "file|folder"))
    var samples: String?

    @Option(
        help: ArgumentHelp(
            "The data; their test split unless another is named, or all where there are no splits. [default: the run's own]",
            valueName: "name[:split]"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Mean and covariance of the data's features, `mu` and `sigma` in an .npz, instead of data. [default: none]",
            valueName: "file.npz"))
    var reference: String?

    @Option(
        help: ArgumentHelp(
            "Write mean and covariance of the data's features. [default: not written]", valueName: "file.npz"))
    var saveStatistics: String?

    @Option(
        help: ArgumentHelp(
            "Draw samples beside the training images nearest to them. [default: not drawn]", valueName: "file.png"))
    var neighbours: String?

    @Option(help: "Crop and resize samples and data to this height and width, in pixels. [default: as they are]")
    var size: Int?

    @Option(help: "Channels of samples and data: 1 (gray) or 3 (RGB). [default: as they are]")
    var channels: Int?

    @Flag(
        help: "Leave out images that cannot be read, and report how many; a run's data.skip_unreadable holds here too.")
    var skipUnreadable = false

    @Option(help: ArgumentHelp("Metrics, separated by commas. [default: all]", valueName: "frechet,kid,..."))
    var metrics: String?

    @Option(
        help: ArgumentHelp(
            "Number of samples, and of images or points of the data, at most. [default: 10000 images, 4000 points]"))
    var count: Int?

    @Option(help: "Number of sets that a run samples, with different seeds: their spread is the error bar.")
    var seeds = 1

    @Option(help: "Seed of the first set.")
    var seed: UInt64 = 0

    @Option(help: "Averaged weights (ema), or those of the last step (raw).")
    var weights = TrainedModel.Choice.ema

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change how a run draws samples, such as sampling.steps=8. May be repeated. [default: as the run's config.yaml]",
            valueName: "sampling.key=value"))
    var set: [String] = []

    @Option(help: "Device for sampling: cpu, cuda:N or mps. [default: the run's]")
    var device: String?

    @Option(
        help: ArgumentHelp(
            "Features in which images are compared: classifier, pixels, inception, or run:FOLDER, the encoder of a run.",
            valueName: "extractor"))
    var extractor = "classifier"

    @Option(
        help: ArgumentHelp(
            "State dict of the 2015 Inception network, as pytorch-fid loads it. [default: none]", valueName: "file.pth")
    )
    var inceptionWeights: String?

    @Option(help: "Preparation of images for the Inception network.")
    var inceptionResize = InceptionExtractor.Preparation.pytorchFID

    @Option(
        help: ArgumentHelp(
            "Folder that keeps the classifier and features of the data. [default: $XDG_CACHE_HOME/pushforward]",
            valueName: "folder"))
    var cache: String?

    @Flag(help: "Neither use nor keep what earlier evaluations computed.")
    var noCache = false

    @OptionGroup var machine: ThreadOptions

    @Option(
        help: ArgumentHelp(
            "Also write the report as JSON; - is the standard output. [default: not written]", valueName: "file"))
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Also write the report as Markdown; - is the standard output. [default: not written]", valueName: "file"))
    var markdown: String?

    func validate() throws {
        guard (runPath == nil) != (samples == nil) else {
            throw ValidationError("Name either --run or --samples.")
        }
        guard samples == nil || data != nil || reference != nil else {
            throw ValidationError("--samples needs --data or --reference: what should they look like?")
        }
        guard reference == nil || saveStatistics == nil else {
            throw ValidationError("--save-statistics writes those of the data; with --reference there are no data.")
        }
        guard cache == nil || !noCache else { throw ValidationError("Give --cache or --no-cache, not both.") }
        guard neighbours?.hasSuffix(".png") ?? true else {
            throw ValidationError("--neighbours must end in .png: '\(neighbours ?? "")'.")
        }
        guard neighbours == nil || reference == nil else {
            throw ValidationError("--neighbours shows images of the data; with --reference there are none.")
        }
        guard size.map({ $0 >= 1 }) ?? true else { throw ValidationError("--size must be at least 1.") }
        guard channels.map([1, 3].contains) ?? true else { throw ValidationError("--channels must be 1 or 3.") }
        guard count ?? 2 >= 2, seeds >= 1 else {
            throw ValidationError("--count must be at least 2 and --seeds at least 1.")
        }
        guard samples == nil || set.isEmpty else {
            throw ValidationError("--set is for runs; the samples of a file are drawn already.")
        }
        guard samples == nil || seeds == 1 else {
            throw ValidationError("--seeds is for runs; a file holds one set of samples.")
        }
        _ = try chosenMetrics
        if encoderRun == nil { _ = try choice }
        guard encoderRun == nil || inceptionWeights == nil else {
            throw ValidationError("--inception-weights is for --extractor inception.")
        }
    }

    func run() throws {
        let started = ContinuousClock.now
        try TextOutput.check([
            "--json": json, "--markdown": markdown, "--save-statistics": saveStatistics, "--neighbours": neighbours,
        ])
        defer { Self.progress.finish() }
        let report = try EvaluationProgress.observing({ Self.progress.update($0.task, $0.share, of: $0.count) }) {
            try runPath.map { try self.report(onRun: $0, started) } ?? self.report(onFile: samples ?? "", started)
        }
        Self.progress.finish()
        let outputs: [(TextOutput, String)] = [
            try json.map { (TextOutput($0), try report.json() + "\n") },
            markdown.map { (TextOutput($0), report.markdown()) },
        ].compactMap(\.self)
        if !outputs.contains(where: { $0.0.isStandardOutput }) { print(report.markdown(), terminator: "") }
        for (output, text) in outputs { try output.write(text) }
        try requireNumbers(report)
    }

    /// Number of images that are measured.
    var images: Int { count ?? 10_000 }
    /// Number of points that are measured: all pairs are compared, without a network that takes longer than that.
    var points: Int { count ?? 4000 }

    /// The folder of the run whose encoder judges.
    private var encoderRun: String? { extractor.hasPrefix("run:") ? String(extractor.dropFirst(4)) : nil }

    private var choice: ExtractorChoice {
        get throws {
            try ExtractorChoice(
                parsing: extractor, inceptionWeights: inceptionWeights.map { Place.input($0) },
                preparation: inceptionResize)
        }
    }

    func makeExtractor(
        _ data: DataReference?, _ shape: ImageCollection.Configuration, cache: URL?
    ) throws -> any FeatureExtractor {
        if let encoderRun { return try EncoderExtractor(RunFolder(Place.folder(encoderRun))) }
        return try choice.make(for: data, shape, cache: cache, progress: Self.show, warn: Self.warn)
    }

    var chosenMetrics: [Metric] {
        get throws {
            let possible = Metric.allCases.filter { reference == nil || $0.needsStatisticsOnly }
            guard let metrics else { return possible }
            let known = possible.map(\.rawValue).joined(separator: ", ")
            let named = try metrics.split(separator: ",", omittingEmptySubsequences: false).map { part in
                let name = part.trimmingCharacters(in: .whitespaces)
                guard let metric = Metric(rawValue: name) else {
                    let hint = Suggestion.didYouMean(name, among: possible.map(\.rawValue)).map { $0 + " " } ?? ""
                    throw ValidationError(
                        "--metrics: there is no '\(name)'. \(hint)Write some of \(known), with commas.")
                }
                guard possible.contains(metric) else {
                    throw ValidationError(
                        "--metrics: \(name) needs images of the data; --reference has their mean and covariance only.")
                }
                return metric
            }
            return possible.filter(named.contains)
        }
    }

    /// The state of the work, on standard error.
    static let progress = WorkProgress()

    private static func warn(_ text: String) {
        progress.finish()
        ProgressOutput.standardError.write("Warning: \(text)\n")
    }

    private static func show(_ state: ClassifierTraining.Progress) {
        Self.progress.update(
            "training the classifier that judges, by steps", Double(state.step) / Double(state.steps), of: state.steps)
    }
}

extension InceptionExtractor.Preparation: ExpressibleByArgument {}
