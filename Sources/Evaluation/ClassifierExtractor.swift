internal import Backbones
public import Datasets
internal import FileFormats
public import Foundation
public import Metrics
public import Torch
internal import TorchNN

/// The built-in extractor: features of a small classifier that this machine trains from the data's labels.
///
/// It needs nothing from elsewhere and separates what the labels separate. Its numbers compare with each other only where
/// the checksum is the same, and are never called FID.
public struct ClassifierExtractor: ClassifyingExtractor {
    /// `classifier-` and the data set's name.
    public let name: String
    /// First 16 digits of the SHA-256 of the weights.
    public let checksum: String
    /// Fraction of the test images that it classifies correctly; images of a class that it never saw count as wrong.
    public let accuracy: Double
    /// True if there was no part of the data to test it on, so that ``accuracy`` is that on the images that it learned from.
    public internal(set) var isTestedOnTraining = false
    /// Number of unreadable images that it was trained and tested without.
    public internal(set) var leftOut = 0
    /// Shape of the images that it takes, [C, H, W].
    public let imageShape: [Int]
    private let network: SmallClassifier

    /// Features [B, 128] and logits [B, K] of images [B, C, H, W] in [-1, 1].
    ///
    /// - Throws: `MetricError` if the images do not have the size that it was trained on.
    public func featuresAndLogits(of images: Tensor) throws -> (features: Tensor, logits: Tensor) {
        guard Array(images.shape.dropFirst()) == imageShape else {
            throw MetricError(
                .mismatch,
                """
                The extractor \(name) takes images of shape \(imageShape), not \(images.shape.dropFirst()). Crop or \
                resize them, the data and the samples alike.
                """)
        }
        return network.featuresAndLogits(images)
    }
}

extension ClassifierExtractor {
    /// The classifier of a data set: the one in the cache, or one that is trained now.
    ///
    /// - Parameters:
    ///   - train: Images of one size with labels, to learn from.
    ///   - test: Others, to measure the accuracy on; classes are matched by their names, since each part may number its own.
    ///   - name: The data set's name, such as `fashion-mnist`.
    ///   - training: Options of its training.
    ///   - cache: Folder where it is kept for the next time; nil keeps nothing. The file's name contains a digest of all
    ///     that the weights depend on, except the machine.
    ///   - progress: Called every 20 steps of training.
    ///   - warn: Told that the cache cannot be written, which costs the time of another training later and nothing else.
    /// - Throws: `DatasetError` if there are no labels; errors of reading the data.
    public static func trained(
        on train: any Dataset, test: any Dataset, name: String, training: ClassifierTraining = .init(),
        cache: URL? = Self.standardCache, progress: (ClassifierTraining.Progress) -> Void = { _ in },
        warn: (String) -> Void = { _ in }
    ) throws -> ClassifierExtractor {
        guard train.labels != nil, test.labels != nil, train.count > 0 else { throw ClassifierTraining.unlabelled }
        let shape = try train.example(at: 0).shape
        var configuration = SmallClassifier.Configuration(channels: shape[0], classes: train.classNames.count)
        configuration.features = 128
        let key = try digest(train, test, name, configuration, training)
        // The name is the user's, and may be as long as a file's name can be.
        let short = String(decoding: name.utf8.prefix(100), as: UTF8.self)
        let file = cache?.appending(path: "classifier-\(short)-\(key.prefix(16)).safetensors")
        if let file, let cached = try? load(file, configuration, name: name, imageShape: shape) { return cached }

        let (network, store) = try training.train(configuration, on: train, progress: progress)
        let weights = store.state.map { $0.tensor.flatten().to(.float32) }
        let accuracy = try accuracy(of: network, on: test, classes: train.classNames)
        let extractor = ClassifierExtractor(
            name: "classifier-\(name)", checksum: checksum(weights), accuracy: accuracy, imageShape: shape,
            network: network)
        if let file {
            do {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Weights.save(
                    store, to: file, metadata: ["accuracy": String(accuracy), "checksum": extractor.checksum])
            } catch {
                warn("The classifier is not kept for the next time: \(FileError.describing(error))")
            }
        }
        return extractor
    }

    /// `pushforward` in the folder that `XDG_CACHE_HOME` names, or in `.cache` of the home folder, which `HOME` names.
    ///
    /// Relative paths in these variables are ignored, as the XDG Base Directory Specification wants it.
    public static var standardCache: URL {
        let environment = ProcessInfo.processInfo.environment
        func folder(_ name: String) -> URL? {
            environment[name].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
        }
        let home = folder("HOME") ?? URL(filePath: NSHomeDirectory())
        return (folder("XDG_CACHE_HOME") ?? home.appending(path: ".cache")).appending(path: "pushforward")
    }

    private static func load(
        _ file: URL, _ configuration: SmallClassifier.Configuration, name: String, imageShape: [Int]
    ) throws -> ClassifierExtractor {
        let metadata = try SafetensorsFile(file).metadata
        let store = ParameterStore(seed: Seed(0))
        let network = SmallClassifier(configuration, in: store.root)
        try Weights.load(into: store, from: file)
        store.freeze()
        let checksum = checksum(store.state.map { $0.tensor.flatten() })
        // Damage that leaves the file readable: it is trained again.
        guard metadata["checksum"] == checksum, let accuracy = metadata["accuracy"].flatMap(Double.init),
            accuracy.isFinite
        else {
            throw FileError(.corrupt, file.path, "its checksum is not \(checksum)", remedy: "Remove the file.")
        }
        return ClassifierExtractor(
            name: "classifier-\(name)", checksum: checksum, accuracy: accuracy, imageShape: imageShape, network: network
        )
    }

    private static func accuracy(
        of network: SmallClassifier, on data: any Dataset, classes: [String]
    ) throws -> Double {
        // The number that the network knows a class by; -1, which it never answers, for classes that it does not know.
        let numbers = Dictionary(classes.enumerated().map { ($1, $0) }) { first, _ in first }
        let known = data.classNames.map { numbers[$0] ?? -1 }
        let correct = try stride(from: 0, to: data.count, by: 500).reduce(0) { correct, start in
            let batch = try data.examples(at: Array(start..<min(start + 500, data.count)))
            guard let labels = batch.labels else { throw ClassifierTraining.unlabelled }
            let expected = Tensor(known).indexSelect(0, labels)
            let logits = withoutGradients { network.featuresAndLogits(Pixels.floats(batch.values)).logits }
            return correct + (logits.argmax(1) .== expected).to(.int64).sum().intItem()
        }
        return Double(correct) / Double(max(data.count, 1))
    }

    private static func checksum(_ tensors: [Tensor]) -> String {
        var digest = SHA256()
        for tensor in tensors { tensor.withUnsafeBytes { digest.update($0) } }
        return String(digest.hexadecimal().prefix(16))
    }

    /// A digest of everything that weights and accuracy depend on: sizes, training, classes, labels and some of the images.
    private static func digest(
        _ train: any Dataset, _ test: any Dataset, _ name: String, _ configuration: SmallClassifier.Configuration,
        _ training: ClassifierTraining
    ) throws -> String {
        var digest = SHA256()
        digest.update("3 \(name) \(configuration) \(training)")
        for (data, images) in [(train, 256), (test, 64)] {
            digest.update("\(data.count) \(data.classNames)")
            Tensor(data.labels ?? []).withUnsafeBytes { digest.update($0) }
            for index in data.spread(images) { try data.example(at: index).withUnsafeBytes { digest.update($0) } }
        }
        return digest.hexadecimal()
    }
}
