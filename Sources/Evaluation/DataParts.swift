public import Datasets
internal import Metrics
internal import Torch

/// The parts that data really have, whatever was asked for: data without parts open as the same images for every part.
public struct DataParts: Sendable {
    /// The data, without a part.
    public let reference: DataReference
    /// The parts that there are; none if the data are not divided.
    public let parts: [Split]

    /// Looks at the data, without decoding all images.
    ///
    /// - Throws: Errors of opening them, if they open in no way.
    public init(_ data: DataReference) throws {
        reference = DataReference(data.name, nil)
        var found: [Split: Signature] = [:]
        var failure: (any Error)?
        for split in Split.allCases {
            do {
                found[split] = try Signature(DataReference(data.name, split))
            } catch {
                failure = failure ?? error
            }
        }
        if found.isEmpty, let failure {
            // Perhaps the data refuse to be asked for parts.
            guard (try? reference.open()) != nil else { throw failure }
        }
        let isOne = found.count > 1 && Set(found.values).count == 1
        parts = isOne ? [] : Split.allCases.filter { found[$0] != nil }
    }

    /// True if the data are in parts.
    public var hasParts: Bool { !parts.isEmpty }

    /// The images to measure against.
    ///
    /// - Parameter split: The part that was asked for; nil takes the test part, or another that is not for training, or all
    ///   images of data without parts.
    /// - Returns: The data to open, with the part that they are; without one if they are all.
    /// - Throws: `MetricError` if there is no such part, with those that there are.
    public func choose(_ split: Split?) throws -> DataReference {
        guard hasParts else {
            guard let split else { return reference }
            throw MetricError(
                .mismatch,
                """
                \(reference.name) has no part '\(split.rawValue)': it is not divided into train and test. Name it without \
                ':\(split.rawValue)' to take all of its images.
                """)
        }
        let wanted = split ?? held ?? .test
        guard parts.contains(wanted) else {
            let others = parts.map { "\(reference.name):\($0.rawValue)" }.joined(separator: " or ")
            throw MetricError(
                .mismatch,
                "\(reference.name) has no part '\(wanted.rawValue)'. To measure against the images that there are, name \(others)."
            )
        }
        return DataReference(reference.name, wanted)
    }

    /// The part to judge by, if there is one.
    var held: Split? { parts.contains(.test) ? .test : parts.first { $0 != .train } }

    /// Distinguishes the images of one part from those of another, without keeping them.
    private struct Signature: Hashable {
        let count: Int
        let labels: [Int]?
        var names: [String] = []
        var bytes: [UInt8] = []

        init(_ reference: DataReference) throws {
            let data = try reference.open()
            (count, labels) = (data.count, data.labels)
            if let images = data as? ImageCollection {
                names = (0..<images.count).map(images.name)
            } else {
                bytes = try data.examples(at: data.spread(64)).values.contiguous().withUnsafeBytes { Array($0) }
            }
        }
    }
}

extension DataReference {
    /// `train` or `test`; `all` of data that are not divided.
    public var partName: String { split?.rawValue ?? "all" }
}
