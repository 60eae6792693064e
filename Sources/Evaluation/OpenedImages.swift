internal import Datasets
internal import FileFormats
internal import Metrics
internal import Torch

/// Images of any data set in one shape, perhaps without those that cannot be read.
struct OpenedImages {
    /// The images.
    let data: any Dataset
    /// Shape of the first image that can be read, before anything was done to it.
    let original: [Int]
    /// Names of the images that are left out.
    let leftOut: [String]
    /// What `data inspect` remarks about them.
    let remarks: [String]

    /// Opens data as images of the shape that a configuration asks for, known data sets and archives of samples too.
    ///
    /// - Parameters:
    ///   - reference: Place of the images.
    ///   - configuration: Size and channels; those that it leaves open stay as they are.
    ///   - examination: Search for images that cannot be read, which are left out; nil leaves out none.
    /// - Throws: `MetricError` if the data are not images; errors of opening them.
    init(
        _ reference: DataReference, _ configuration: ImageCollection.Configuration = .init(),
        skipping examination: ImageCollection.Examination? = nil
    ) throws {
        let opened = try reference.opened(configuration)
        let found = opened.dataset
        remarks = opened.remarks
        guard found.count > 0 else { throw MetricError(.tooFewSamples, "There are no images in \(reference).") }
        if let collection = found as? ImageCollection {
            let unreadable = examination.map { Self.unreadable(collection, $0) } ?? []
            data = unreadable.isEmpty ? collection : try collection.leavingOut(unreadable)
            leftOut = unreadable.map(collection.name)
            original = collection.shape
            return
        }
        let first = try found.example(at: 0)
        guard first.rank == 3, first.dtype == .uint8 else {
            throw MetricError(.mismatch, "\(reference) holds latents, not images: decode them first.")
        }
        let shape = configuration.shape(from: first.shape)
        data = shape == first.shape ? found : PreparedImages(found, shape: shape)
        leftOut = []
        original = first.shape
    }

    /// Indices of images that cannot be decoded; those of another size than the others can be.
    private static func unreadable(
        _ collection: ImageCollection, _ examination: ImageCollection.Examination
    ) -> [Int] {
        collection.problems(examination).filter { $0.error.code != .mismatch }.map(\.index)
    }

    /// Does some work on images without those that cannot be read: first by a quick look at each, and if one that looks
    /// whole turns out to be damaged, again after decoding all.
    static func skippingUnreadable<Result>(
        _ work: (ImageCollection.Examination) throws -> Result
    ) throws -> Result {
        do {
            return try work(.ends)
        } catch let error as FileError where error.code != .mismatch {
            return try work(.whole)
        }
    }
}
