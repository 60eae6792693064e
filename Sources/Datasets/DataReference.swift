public import FileFormats
internal import Foundation
internal import Torch

/// The name of data on a command line: `fashion-mnist`, `fashion-mnist:train`, `photos:val`.
public struct DataReference: Sendable, Hashable, CustomStringConvertible {
    /// Name of a known data set, or a path.
    public let name: String
    /// The part that is meant; nil if the data have no parts or all are meant.
    public let split: Split?
    /// True if other data are meant where there is no such part: `val` or all instead of `test`, all instead of `train`.
    ///
    /// ``opened(_:)`` says which they are.
    public let isPreference: Bool
    /// Images of the training part that are left out, by their names; nil until they have been looked for.
    public var leftOut: [String]?
    /// True to leave out images that cannot be read, of any part.
    public var skipsUnreadable = false

    /// A reference to a part of some data, which must be there.
    public init(_ name: String, _ split: Split?) { self.init(name, split, isPreference: false) }

    /// A reference to a part of some data, or to others where there is no such part.
    public init(_ name: String, preferring split: Split) { self.init(name, split, isPreference: true) }

    private init(_ name: String, _ split: Split?, isPreference: Bool) {
        (self.name, self.split, self.isPreference) = (name, split, isPreference)
    }

    /// Reads `NAME` or `NAME:PART`.
    ///
    /// A file or folder whose name has a colon is looked for first.
    ///
    /// - Parameters:
    ///   - text: Text of the user.
    ///   - split: The part that is preferred if the text names none.
    /// - Throws: ``DatasetError`` if the part is not `train`, `val` or `test`.
    public init(parsing text: String, default split: Split? = nil) throws {
        guard let colon = text.lastIndex(of: ":"), Self.kind(of: text) == nil,
            !text[colon...].contains("/")
        else {
            self.init(text, split, isPreference: split != nil)
            return
        }
        let part = String(text[text.index(after: colon)...])
        guard let named = Split(rawValue: part) else {
            throw DatasetError(
                .notFound,
                """
                There is no part '\(part)' of data, and no file or folder '\(text)': write \(text[..<colon]):train, :val or \
                :test.
                """)
        }
        self.init(String(text[..<colon]), named)
    }

    /// `NAME` or `NAME:PART`.
    public var description: String { split.map { "\(name):\($0.rawValue)" } ?? name }

    /// The name without the folders that lead to it.
    public var shortName: String { URL(filePath: name).lastPathComponent }

    /// The same data, another part, or others where there is no such part.
    public func part(_ split: Split) -> DataReference {
        var reference = DataReference(name, preferring: split)
        (reference.leftOut, reference.skipsUnreadable) = (leftOut, skipsUnreadable)
        return reference
    }

    /// The known data set that a name means, however it is written: `FashionMNIST` is `fashion-mnist`; nil if it means none.
    public static func known(_ name: String) -> String? {
        switch DataNames.find(name) {
        case .mnist(let family)?: family.rawValue
        case .cifar(let cifar)?: cifar.rawValue
        case .toy(let toy)?: toy.rawValue
        case nil: nil
        }
    }

    /// The known name that is most like another one; nil if it is quite different from all.
    public static func suggestion(for name: String) -> String? { DataNames.suggestion(for: name) }

    /// Names of the data sets that need no path.
    public static var knownNames: [String] { DataNames.all + DataNames.toys }

    /// Opens the data; see ``opened(_:)``, which also says what is worth knowing about them.
    ///
    /// - Parameter images: Size and channels of the images of folders and archives.
    /// - Throws: As ``opened(_:)``.
    public func open(_ images: ImageCollection.Configuration = .init()) throws -> any Dataset {
        try opening(images).dataset
    }

    /// Opens the data: a known data set, a folder or archive of images, a file of samples or points, or a file or folder of
    /// latents.
    ///
    /// - Parameter images: Size and channels of the images of folders and archives.
    /// - Throws: ``DatasetError`` if there are none of this name, with the names that there are, or if they lack the part;
    ///   errors of reading them.
    public func opened(_ images: ImageCollection.Configuration = .init()) throws -> OpenedData {
        let found = try opening(images)
        var remarks = (found.dataset as? ImageCollection)?.remarks() ?? []
        remarks += found.remarks + DataRemarks.emptyClasses(found.dataset, part: found.part)
        if let points = found.dataset as? TensorDataset { remarks += DataRemarks.outliers(points.values) }
        var opened = OpenedData(dataset: found.dataset, part: found.part, remarks: remarks, leftOut: found.leftOut)
        opened.parts = (found.dataset as? ImageCollection)?.parts ?? found.parts
        return opened
    }

    /// The part that is meant, or may be had instead.
    var choice: PartChoice { isPreference ? PartChoice(preferring: split) : split.map { .only($0) } ?? .all }

    // MARK: - Ways of opening

    private func opening(_ images: ImageCollection.Configuration) throws -> OpenedData {
        let kind = Self.kind(of: name)
        if kind == nil || DataNames.isCanonical(name), let known = DataNames.find(name) { return try opened(known) }
        guard let kind else { throw unknown }
        let url = URL(filePath: PathBytes.reachable(name))
        switch kind {
        case .other(let words): throw FileError.special(name, words)
        case .folder: return try opened(folder: Self.path(name), images)
        case .file: return try opened(file: url, images)
        }
    }

    private var unknown: DatasetError {
        let suggestion = DataNames.suggestion(for: name).map { " Did you mean '\($0)'?" } ?? ""
        let path = Self.path(name)
        let missing = FileKind.missing(at: path, "file")
        guard !missing.hasPrefix("it is") else {
            return DatasetError(
                .notFound, "There are no data '\(name)': \(missing). Correct the link, or name the data.")
        }
        return DatasetError(
            .notFound,
            """
            There are no data '\(name)': it is no file, no folder, and none of the known names \
            \(Self.knownNames.joined(separator: ", ")).\(suggestion)
            """)
    }

    private func opened(_ known: DataNames.Known) throws -> OpenedData {
        switch known {
        case .mnist(let family): return try fixed(family.rawValue, [.train, .test]) { try family.load($0) }
        case .cifar(let cifar): return try fixed(cifar.rawValue, [.train, .test]) { try cifar.load($0) }
        case .toy(let toy):
            return try fixed(toy.rawValue, []) { _ in try toy.dataset(20_000, seed: Seed(0).child("toy")) }
        }
    }

    /// Data that come in certain parts, or in none; without a part, they are those to learn from.
    private func fixed(_ name: String, _ parts: [Split], _ load: (Split) throws -> TensorDataset) throws -> OpenedData {
        if let split, !isPreference, !parts.contains(split) { throw Self.missing(split, of: name, parts) }
        let part = parts.isEmpty ? nil : split == .validation ? .test : split ?? .train
        return OpenedData(dataset: try load(part ?? .train), part: part)
    }

    private static func missing(_ split: Split, of name: String, _ parts: [Split]) -> DatasetError {
        let there = parts.map { ":\($0.rawValue)" }.joined(separator: " and ")
        return DatasetError(
            .notFound,
            """
            \(name) has no part '\(split.rawValue)': \(parts.isEmpty ? "it has no parts" : "there is \(there)"). Name \
            \(parts.isEmpty ? "it without a part" : "one of these").
            """)
    }

    private func opened(file url: URL, _ images: ImageCollection.Configuration) throws -> OpenedData {
        let ending = url.pathExtension.lowercased()
        if ["npz", "npy"].contains(ending), let numbers = try opened(numpy: url, ending) { return whole(numbers) }
        if LatentFile.endings.contains(ending) { return try refusingPart(whole(LatentCollection(url).ready())) }
        if ImageCollection.endings.contains(ending) {
            throw DatasetError(.invalidFile, "\(url.path) is a single image. Name the folder that holds the images.")
        }
        return try readable(ImageCollection(archive: url, choice, images))
    }

    private func whole(_ dataset: any Dataset) -> OpenedData { OpenedData(dataset: dataset, part: nil) }

    /// Single files have no parts.
    private func refusingPart(_ data: OpenedData) throws -> OpenedData {
        if let split, !isPreference { throw Self.missing(split, of: name, []) }
        return data
    }

    /// Samples or points, by the arrays that there are; nil for latents.
    private func opened(numpy url: URL, _ ending: String) throws -> TensorDataset? {
        if let split, !isPreference { throw Self.missing(split, of: name, []) }
        let layouts = try ending == "npz" ? NumpyLayout.arrays(in: url) : ["": NumpyLayout(contentsOf: url)]
        if layouts["latents"] != nil || layouts["moments"] != nil { return nil }
        let main = layouts["points"] ?? layouts["arr_0"] ?? layouts[""]
        guard let main else {
            let found = layouts.sorted { $0.key < $1.key }.map {
                "'\($0.key)' \($0.value.elementType.name)\($0.value.shape)"
            }
            throw DatasetError(
                .invalidFile,
                """
                \(url.path): it holds \(found.isEmpty ? "no array of numbers" : found.joined(separator: ", ")), but none that \
                is known: `arr_0` (images uint8 [N, H, W, C], or points [N, D]), `points` [N, D], `latents` [N, C, H, W] or \
                `moments`.
                """)
        }
        if main.shape.count == 2 { return try PointFile(contentsOf: url).dataset() }
        guard [3, 4].contains(main.shape.count) else {
            throw DatasetError(
                .invalidFile,
                """
                \(url.path): an array of the shape \(main.shape) is neither points [N, D], nor latents [N, C, H, W] or [C, H, W], \
                nor images [N, H, W, C].\(main.shape.count == 1 ? " Numbers are points of one dimension, [N, 1]." : "")
                """)
        }
        // A .npy file of floats may hold latents.
        let isFloat = [.float16, .float32, .float64].contains(main.elementType)
        if ending == "npy", isFloat { return nil }
        return try SampleArchive(contentsOf: url).dataset()
    }

    /// A folder is recognised by the files in it: those of MNIST, those of CIFAR, images, or latents.
    private func opened(folder path: PathBytes, _ images: ImageCollection.Configuration) throws -> OpenedData {
        let folder = URL(filePath: path.description)
        let tree = try FolderTree(path)
        let names = Set(tree.files.filter { $0.components.count == 1 }.map(\.description))
        if names.contains(where: { $0.hasSuffix("-idx3-ubyte") || $0.hasSuffix("-idx3-ubyte.gz") }) {
            let family = folder.lastPathComponent.contains("fashion") ? MNISTFamily.fashionMNIST : .mnist
            return try fixed(name, [.train, .test]) { try family.load($0, from: folder) }
        }
        if names.contains("data_batch_1.bin") || names.contains("test_batch.bin") {
            return try fixed(name, [.train, .test]) { try CIFAR.cifar10.load($0, from: folder) }
        }
        if names.contains("train.bin") || names.contains("test.bin") {
            return try fixed(name, [.train, .test]) { try CIFAR.cifar100.load($0, from: folder) }
        }
        let endings = Set(tree.files.map(\.ending))
        if endings.isDisjoint(with: ImageCollection.endings), !endings.isDisjoint(with: LatentFile.endings) {
            let latents = try LatentCollection(folder, choice)
            return OpenedData(
                dataset: try latents.ready(), part: latents.part, parts: latents.parts, remarks: latents.remarks)
        }
        return try readable(ImageCollection(folder: path, choice, images))
    }

    /// Images without those that are left out.
    private func readable(_ whole: ImageCollection) throws -> OpenedData {
        let there = Set(whole.items.map(\.short))
        let known = (leftOut ?? []).filter(there.contains)
        let images = known.isEmpty ? whole : try whole.leavingOut(named: known)
        let isTraining = images.part == nil || images.part == .train
        guard skipsUnreadable, leftOut == nil || !isTraining else {
            return OpenedData(dataset: images, part: images.part)
        }
        let problems = images.problems().filter { $0.error.code != .mismatch }
        return OpenedData(
            dataset: problems.isEmpty ? images : try images.leavingOut(problems.map(\.index)), part: images.part,
            leftOut: problems.map(\.error))
    }

    // MARK: - The disk

    /// The path that a text names: as it is, or with bytes that are no UTF-8 written as `\xE9`.
    package static func path(_ text: String) -> PathBytes {
        let plain = PathBytes(text)
        return FileKind(at: plain) == nil ? PathBytes(escaped: text) : plain
    }

    private static func kind(of text: String) -> FileKind? { FileKind(at: path(text)) }
}

/// Data that have been opened, and what is worth knowing about them.
public struct OpenedData: Sendable {
    /// The examples.
    public let dataset: any Dataset
    /// The part that they are of; nil if they are all, or lie in no parts.
    ///
    /// It is not always the one that was preferred.
    public let part: Split?
    /// The parts in which the data lie; none if they lie in no parts.
    public var parts: [Split] = []
    /// Facts worth knowing before training, a sentence each.
    public var remarks: [String] = []
    /// Faults of images that are left out.
    public var leftOut: [FileError] = []
}

extension Dataset {
    /// Indices of `wanted` examples at equal distances, so that data sorted by class give all classes; of all if there are
    /// fewer.
    public func spread(_ wanted: Int) -> [Int] {
        let taken = min(wanted, count)
        return (0..<taken).map { $0 * count / taken }
    }
}
