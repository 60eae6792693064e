public import Datasets
public import Metrics

/// What a user asks to judge with.
public enum ExtractorChoice: Sendable, Hashable {
    /// The built-in classifier, trained on the data's labels.
    case classifier
    /// The pixels themselves.
    case pixels

    /// Reads `classifier` or `pixels`.
    ///
    /// - Throws: `MetricError` for anything else.
    public init(parsing text: String) throws {
        switch text {
        case "classifier": self = .classifier
        case "pixels": self = .pixels
        default: throw MetricError(.mismatch, "There is no extractor '\(text)': write classifier or pixels.")
        }
    }

    /// The extractor for data.
    ///
    /// - Parameters:
    ///   - data: What is judged against; the classifier learns from its training split.
    ///   - images: Size and channels of the images of folders and archives.
    ///   - progress: Called while the classifier learns.
    /// - Throws: What reading the data throws, or that they have no labels.
    public func make(
        for data: DataReference, _ images: ImageCollection.Configuration = .init(),
        progress: (ClassifierTraining.Progress) -> Void = { _ in }
    ) throws -> any FeatureExtractor {
        switch self {
        case .pixels: PixelExtractor()
        case .classifier:
            try ClassifierExtractor.trained(
                on: data.part(.train).open(images), test: data.part(.test).open(images), name: data.name,
                progress: progress)
        }
    }
}
