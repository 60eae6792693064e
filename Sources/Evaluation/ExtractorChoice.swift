public import Backbones
public import Datasets
public import Foundation
public import Metrics

/// Choice of a user of the extractor that judges.
public enum ExtractorChoice: Sendable, Hashable {
    /// The built-in classifier, trained on the data's labels.
    case classifier
    /// The pixels themselves.
    case pixels

    /// The 2015 Inception network with the weights in a file: the only one whose Fréchet distance is called FID.
    case inception(weights: URL, InceptionExtractor.Preparation = .pytorchFID)

    /// Reads `classifier`, `pixels` or `inception`.
    ///
    /// - Parameters:
    ///   - text: Text of the user.
    ///   - inceptionWeights: Weights of the Inception network, which only `inception` needs.
    ///   - preparation: Preparation of images for the Inception network.
    /// - Throws: `MetricError` for anything else, and for `inception` without weights.
    public init(
        parsing text: String, inceptionWeights: URL? = nil, preparation: InceptionExtractor.Preparation = .pytorchFID
    ) throws {
        switch (text, inceptionWeights) {
        case ("inception", let weights?): self = .inception(weights: weights, preparation)
        case ("inception", nil):
            throw MetricError(
                .mismatch,
                """
                The Inception network needs its weights: name the file that pytorch-fid loads, a state dict with 1008 \
                classes such as pt_inception-2015-12-05-6726825d.pth.
                """)
        case (_, _?): throw MetricError(.mismatch, "Weights of the Inception network are for the extractor inception.")
        case ("classifier", nil): self = .classifier
        case ("pixels", nil): self = .pixels
        default:
            throw MetricError(
                .mismatch, "There is no extractor '\(text)': write classifier, pixels, inception or run:FOLDER.")
        }
    }

    /// The extractor for data.
    ///
    /// - Parameters:
    ///   - data: Data that samples are judged against, whose training split the classifier learns from and needs.
    ///   - images: Size and channels that the images are brought to.
    ///   - cache: Folder where the classifier is kept for the next time; nil keeps nothing.
    ///   - progress: Called while the classifier learns.
    ///   - warn: Told that the cache cannot be written.
    /// - Throws: Errors of reading the data, or that there are none or have no labels.
    public func make(
        for data: DataReference?, _ images: ImageCollection.Configuration = .init(),
        cache: URL? = ClassifierExtractor.standardCache,
        progress: (ClassifierTraining.Progress) -> Void = { _ in }, warn: (String) -> Void = { _ in }
    ) throws -> any FeatureExtractor {
        switch self {
        case .pixels: return PixelExtractor()
        case .inception(let weights, let preparation):
            return try InceptionExtractor(weights: weights, preparation)
        case .classifier:
            guard let data else {
                throw MetricError(
                    .mismatch,
                    """
                    The built-in classifier learns from labelled data: name them with --data as well, or choose another \
                    extractor.
                    """)
            }
            return try Self.classifier(of: data, images, cache, progress, warn)
        }
    }

    /// The classifier of data: of their training part and tested on the other, or of all images where there are no parts.
    ///
    /// Images that cannot be read are left out and counted: one of them should not end a judgement.
    private static func classifier(
        of data: DataReference, _ images: ImageCollection.Configuration, _ cache: URL?,
        _ progress: (ClassifierTraining.Progress) -> Void, _ warn: (String) -> Void
    ) throws -> ClassifierExtractor {
        let parts = try DataParts(data)
        let learned = try parts.choose(parts.hasParts ? .train : nil)
        let held = try parts.held.map { try parts.choose($0) }
        return try OpenedImages.skippingUnreadable { examination in
            let train = try OpenedImages(learned, images, skipping: examination)
            let test = try held.map { try OpenedImages($0, images, skipping: examination) }
            var extractor = try ClassifierExtractor.trained(
                on: train.data, test: test?.data ?? train.data, name: data.shortName, cache: cache, progress: progress,
                warn: warn)
            extractor.isTestedOnTraining = held == nil
            extractor.leftOut = train.leftOut.count + (test?.leftOut.count ?? 0)
            return extractor
        }
    }
}
