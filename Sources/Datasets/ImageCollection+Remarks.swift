public import FileFormats
internal import Foundation
public import Torch

extension ImageCollection {
    /// Facts from the headers of all images, which are read without the pixels.
    public struct Survey: Sendable, Hashable {
        /// Number of images of each extent; those without a readable header are not counted.
        public private(set) var extents: [Image8.Extent: Int] = [:]
        /// Number of images that have a trait.
        public private(set) var traits: [ImageHeader.Traits: Int] = [:]

        init(_ items: [Item]) {
            let chunk = 256
            let parts = try? Parallel.map((items.count + chunk - 1) / chunk) { part in
                var survey = Survey()
                for item in items[(part * chunk)..<min((part + 1) * chunk, items.count)] { survey.add(item.header()) }
                return survey
            }
            for part in parts ?? [] {
                extents.merge(part.extents, uniquingKeysWith: +)
                traits.merge(part.traits, uniquingKeysWith: +)
            }
        }

        private init() {}

        private mutating func add(_ header: ImageHeader?) {
            guard let header else { return }
            extents[header.extent, default: 0] += 1
            let all: [ImageHeader.Traits] = [.turned, .transparent, .deep, .inks, .plainInks, .gamma]
            for trait in all where header.traits.contains(trait) { traits[trait, default: 0] += 1 }
        }

        /// 3 if any image has colours, 1 if none has; nil if no header could be read.
        public var channels: Int? { extents.keys.map(\.channels).max() }
    }

    /// Reads the headers of all images.
    public func survey() -> Survey { known ?? Survey(items) }

    /// Facts worth knowing before training, a sentence each: images of different kinds, what is done to them, and what is
    /// not read.
    ///
    /// Headers of all images are read for them.
    public func remarks() -> [String] {
        let survey = survey()
        return kinds(survey) + treatments(survey) + leftovers()
    }

    private func kinds(_ survey: Survey) -> [String] {
        var remarks: [String] = []
        let extents = survey.extents.sorted { ($1.value, $0.key.width) < ($0.value, $1.key.width) }
        if extents.count > 1 {
            let kinds = extents.prefix(6).map { extent, count in
                "\(count) of \(extent.width) x \(extent.height) \(extent.channels == 1 ? "gray" : "RGB")"
            }
            let more = extents.count > 6 ? " and \(extents.count - 6) more kinds" : ""
            remarks.append("Images differ: \(kinds.joined(separator: ", "))\(more).")
        }
        if Set(extents.map(\.key.channels)).count > 1 {
            remarks.append(
                hasGivenChannels
                    ? "Gray and RGB are mixed: all are brought to \(shape[0] == 1 ? "gray" : "RGB")."
                    : "Gray and RGB are mixed: training needs data.channels, to which all are brought.")
        }
        return remarks
    }

    private func treatments(_ survey: Survey) -> [String] {
        let texts: [(ImageHeader.Traits, String)] = [
            (.turned, "stored turned or mirrored: shown upright, as their EXIF orientation says"),
            (.transparent, "with transparency: laid over white"),
            (.deep, "of 16 bits per sample: rounded to 8"),
            (.inks, "of four inks (CMYK): made RGB without their colour profile"),
            (.plainInks, "of four inks (CMYK) without Adobe's marker: taken as inks that are not stored inverted"),
            (.gamma, "with a gamma of their own: it is not applied"),
        ]
        return texts.compactMap { trait, text in
            survey.traits[trait].map { "\($0) \($0 == 1 ? "image" : "images") \(text)." }
        }
    }

    private func leftovers() -> [String] {
        var remarks: [String] = []
        if !aside.emptyFolders.isEmpty {
            let names = zip(aside.emptyFolders, aside.inEmptyFolders).map { name, files in
                files.isEmpty ? name : "\(name) (\(ClassFolders.listing(files)))"
            }
            remarks.append("Folders without images, which are no classes: \(Twins.list(names)).")
        }
        if !aside.files.isEmpty {
            let isImage = aside.files.contains { Self.otherEndings.contains($0.key) }
            let remedy = isImage ? " Only PNG and JPEG are: convert the others." : ""
            remarks.append("Not read: \(ClassFolders.listing(aside.files)).\(remedy)")
        }
        if !aside.special.isEmpty { remarks.append("Not read, as they are no files: \(Twins.list(aside.special)).") }
        if !aside.repeated.isEmpty {
            remarks.append("There several times under the same name, all of them read: \(Twins.list(aside.repeated)).")
        }
        if !aside.twins.isEmpty {
            let pairs = aside.twins.map { $0.joined(separator: " and ") }
            remarks.append("Different names that look the same, all of them read: \(Twins.list(pairs, most: 3)).")
        }
        return remarks
    }
}

/// Facts about data of any kind.
public enum DataRemarks {
    /// A sentence about classes without examples; none if each has some.
    ///
    /// - Parameters:
    ///   - dataset: The data.
    ///   - part: The part that they are of.
    public static func emptyClasses(_ dataset: any Dataset, part: Split? = nil) -> [String] {
        let counts = dataset.classCounts
        let empty = counts.indices.filter { counts[$0] == 0 }.map { dataset.classNames[$0] }
        guard !empty.isEmpty else { return [] }
        let place = part.map { " in the part \($0.rawValue)" } ?? ""
        return ["Classes without examples\(place), \(empty.count) of \(counts.count): \(Twins.list(empty))."]
    }

    /// A sentence about points that lie so far out that all others are one point beside them; none if there are none.
    ///
    /// - Parameter points: Points [N, D].
    public static func outliers(_ points: Tensor) -> [String] {
        guard points.rank == 2, points.shape[0] >= 20, points.shape[1] > 0 else { return [] }
        let values = points.to(.cpu, .float64)
        let count = values.shape[0]
        // A hundred thousand tell the middle, and the distance that nine tenths of the numbers keep to.
        let step = max(1, count / 100_000)
        let some = values[TensorIndex.slice(start: 0, end: nil, step: step)]
        let middle = some.sort(0).values[some.shape[0] / 2]
        let usual = (some - middle).abs().sort(0).values[some.shape[0] * 9 / 10]
        let isFar = ((values - middle).abs() .> usual * 1e6) .& (usual .> 0)
        let far = isFar.any(1).nonzero().flatten().scalars(as: Int.self)
        guard let first = far.first else { return [] }
        let worst: Double = values[first].abs().amax().item()
        return [
            """
            \(far.count) of \(count) points \(far.count == 1 ? "lies" : "lie") a million times further out than nine tenths of \
            them, the first is point \(first), counted from 0, with \(String(format: "%.4g", worst)).
            """
        ]
    }
}
