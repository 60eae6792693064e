public import Datasets
internal import FileFormats
internal import Foundation
internal import Metrics
internal import Torch

/// The parts that data really have, whatever was asked for: data without parts open as the same images for every part.
public struct DataParts: Sendable {
    /// Part that images are taken from.
    public enum Part: String, Sendable, Hashable {
        /// Images to learn from.
        case train
        /// Images that were set apart to judge by.
        case test
        /// The data have no parts: these are all images.
        case all
    }

    /// The data, without a part.
    public let reference: DataReference
    /// True if there is a part to learn from.
    public let hasTrain: Bool
    /// True if there is a part to judge by.
    public let hasTest: Bool

    /// Looks at the data, without decoding all images.
    ///
    /// - Throws: Errors of opening them, if they open in no way.
    public init(_ data: DataReference) throws {
        reference = DataReference(data.name, nil)
        let parts = [Split.train, .test].map { split in Result { try data.part(split).open() } }
        switch (parts[0], parts[1]) {
        case (.success(let train), .success(let test)):
            let isOne = try Self.isSame(train, test)
            (hasTrain, hasTest) = (!isOne, !isOne)
        case (.success, .failure): (hasTrain, hasTest) = (true, false)
        case (.failure, .success): (hasTrain, hasTest) = (false, true)
        case (.failure(let error), .failure):
            guard (try? reference.open()) != nil else { throw error }
            (hasTrain, hasTest) = (false, false)
        }
    }

    /// True if the data are in parts.
    public var hasParts: Bool { hasTrain || hasTest }

    /// The images of a part.
    ///
    /// - Parameter split: The part that was asked for; nil takes the test part, or all images of data without parts.
    /// - Returns: The data to open, and the part that they are.
    /// - Throws: `MetricError` if there is no such part, with those that there are.
    public func choose(_ split: Split?) throws -> (data: DataReference, part: Part) {
        guard hasParts else {
            guard let split else { return (reference, .all) }
            throw MetricError(
                .mismatch,
                """
                \(reference.name) has no part '\(split.rawValue)': it is not divided into train and test. Name it without \
                ':\(split.rawValue)' to take all of its images.
                """)
        }
        let wanted = split ?? .test
        guard wanted == .train ? hasTrain : hasTest else {
            let (other, purpose) = wanted == .train ? ("test", "held-out") : ("train", "training")
            throw MetricError(
                .mismatch,
                """
                \(reference.name) has no part '\(wanted.rawValue)', only '\(other)'. To measure against its \(purpose) images, \
                name \(reference.name):\(other).
                """)
        }
        return (reference.part(wanted), wanted == .train ? .train : .test)
    }

    /// True if two parts are the same examples.
    private static func isSame(_ first: any Dataset, _ second: any Dataset) throws -> Bool {
        guard first.count == second.count else { return false }
        if let first = first as? ImageCollection, let second = second as? ImageCollection {
            return (0..<first.count).allSatisfy { first.name(of: $0) == second.name(of: $0) }
        }
        guard first.labels == second.labels else { return false }
        let (a, b) = (try first.examples(at: first.spread(64)), try second.examples(at: second.spread(64)))
        return a.values.shape == b.values.shape && (a.values .== b.values).all().intItem() == 1
    }
}
