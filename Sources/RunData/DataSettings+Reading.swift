internal import Datasets
internal import FileFormats
internal import Foundation
internal import Torch

/// The training split, read.
struct ReadData {
    /// The examples.
    let dataset: any Dataset
    /// The settings with all that they left to the files.
    let resolved: DataSettings
    /// The images as they lie in their files, where crops are taken from.
    var originals: ImageCollection?
    /// Faults of images that are left out.
    var leftOut: [FileError] = []
    /// True if examples are means and variances of latents.
    var holdsMoments = false
    /// Facts worth knowing, a sentence each.
    var remarks: [String]

    init(_ dataset: any Dataset, _ resolved: DataSettings) {
        self.dataset = dataset
        self.resolved = resolved
        remarks = DataRemarks.emptyClasses(dataset)
    }
}

extension DataSettings {
    /// Reads the training split.
    ///
    /// - Parameter seed: Origin of toys.
    func read(seed: Seed) throws -> ReadData {
        switch self {
        case .fashionMNIST(let images): return ReadData(try images.read(.fashionMNIST), self)
        case .mnist(let images): return ReadData(try images.read(.mnist), self)
        case .cifar10(let settings): return ReadData(try settings.read(), self)
        case .images(let settings): return try settings.read()
        case .latents(let settings): return try settings.read()
        case .points(let settings): return try settings.read()
        case .toy(let toy):
            let examples = toy.distribution.examples(toy.count, using: RandomSource(seed.child("toy")))
            return ReadData(try TensorDataset(values: examples.values), self)
        }
    }

    /// The folder that `data.path` names; nil for the standard places.
    fileprivate static func folder(_ path: String?) throws -> URL? {
        guard let folder = path.map({ URL(filePath: $0) }) else { return nil }
        guard FileKind(at: PathBytes(existing: folder.path)) != nil else {
            throw DatasetError(
                .notFound,
                """
                \(folder.path): \(FileKind.missing(at: PathBytes(folder.path), "folder")). Correct data.path, or leave it out to look in the standard \
                places.
                """)
        }
        return folder
    }
}

extension ImageDataSettings {
    fileprivate func read(_ family: MNISTFamily) throws -> TensorDataset {
        let folder = try DataSettings.folder(path)
        let dataset = try family.load(.train, from: folder)
        let size = Array(dataset.values.shape.dropFirst())
        guard size == [1, 28, 28] else {
            throw DatasetError(
                .mismatch,
                """
                \(folder?.path ?? family.rawValue): the images are \(size[1]) x \(size[2]), not 28 x 28. Correct data.path.
                """)
        }
        return only == nil ? dataset : try dataset.keeping(classes(of: family))
    }

    /// Names of the classes that are used.
    ///
    /// - Throws: `DatasetError` if there is none of a name.
    func classes(of family: MNISTFamily) throws -> [String] {
        guard let only else { return family.classNames }
        if let unknown = only.first(where: { !family.classNames.contains($0) }) {
            throw DatasetError(
                .notFound,
                "data.only: there is no class '\(unknown)'. There are \(family.classNames.joined(separator: ", ")).")
        }
        return only
    }
}

extension TensorDataset {
    /// The examples of some classes, which are numbered in this order.
    fileprivate func keeping(_ names: [String]) throws -> TensorDataset {
        let numbers = (labels ?? []).map { names.firstIndex(of: classNames[$0]) }
        let places = numbers.indices.filter { numbers[$0] != nil }
        return try TensorDataset(
            values: values.indexSelect(0, Tensor(places)), labels: Tensor(numbers.compactMap(\.self)), classNames: names
        )
    }
}

extension CIFARSettings {
    fileprivate func read() throws -> TensorDataset { try CIFAR.cifar10.load(.train, from: DataSettings.folder(path)) }
}

extension ImageFolderSettings {
    fileprivate func read() throws -> ReadData {
        let (collection, problems) = try readable(open())
        let found = collection.classNames.isEmpty ? ["images"] : collection.classNames
        if let classes, classes != found {
            throw DatasetError(
                .mismatch,
                """
                \(path): the folders of the classes are \(found.joined(separator: ", ")), but this run learns \
                \(classes.joined(separator: ", ")). Rename the folders back, correct data.path, or leave data.classes out, \
                in which a run keeps their names.
                """)
        }
        var resolved = self
        (resolved.channels, resolved.classes) = (collection.shape[0], found)
        if skipUnreadable, leftOut == nil { resolved.leftOut = problems.map(\.name) }
        var read = ReadData(try ready(collection), .images(resolved))
        read.originals = collection
        read.leftOut = problems.map(\.error)
        read.remarks = collection.remarks() + DataRemarks.emptyClasses(collection, part: collection.part)
        return read
    }

    /// The collection without what is left out, and why that is: once found, the names are in the settings, so that a run
    /// that resumes has the same images.
    private func readable(
        _ whole: ImageCollection
    ) throws -> (collection: ImageCollection, problems: [(name: String, error: FileError)]) {
        if let leftOut { return (leftOut.isEmpty ? whole : try whole.leavingOut(named: leftOut), []) }
        guard skipUnreadable else { return (whole, []) }
        let problems = whole.problems()
        // An image that can be read, but is not like the others, is for the user to decide on.
        if let other = problems.first(where: { $0.error.code == .mismatch }) { throw other.error }
        guard !problems.isEmpty else { return (whole, []) }
        let named = problems.map { (whole.name(of: $0.index), $0.error) }
        return (try whole.leavingOut(problems.map(\.index)), named)
    }

    /// The images in memory if they are few.
    ///
    /// If they are many, files that are obviously broken are found now, not hours later.
    private func ready(_ collection: ImageCollection) throws -> any Dataset {
        do {
            let (limit, size) = (memory.bytes, collection.shape.reduce(1, *))
            guard size * collection.count > limit else { return try collection.decoded() }
            if !skipUnreadable { try ImageCollection.refuse(collection.problems(.ends), of: collection.count) }
            return limit < size ? collection : RecentExamples(collection, keeping: limit / size)
        } catch let error as DatasetError {
            throw DatasetError(
                error.code,
                "\(error.message)\nFix or remove them, or write data.skip_unreadable: true to leave them out.")
        }
    }

    private func open() throws -> ImageCollection {
        var configuration = ImageCollection.Configuration(size: size, channels: channels)
        configuration.convertsChannels = channels != nil
        let place = DataReference.path(path)
        var collection: ImageCollection
        switch FileKind(at: place) {
        case .folder?: collection = try ImageCollection(folder: absolute(place), .training, configuration)
        case .file? where ImageCollection.endings.contains(place.ending):
            throw DatasetError(.invalidFile, "\(path) is a single image. Name the folder that holds the images.")
        case .file?: collection = try ImageCollection(archive: URL(filePath: path), .training, configuration)
        case .other(let words)?: throw FileError.special(path, words)
        case nil:
            let missing = FileKind.missing(at: place, "folder or archive")
            throw DatasetError(.notFound, "\(path): \(missing). Correct data.path.")
        }
        collection.threads = Machine.threads
        return collection
    }

    private func absolute(_ place: PathBytes) -> PathBytes {
        place.hasPrefix("/") ? place : PathBytes.workingFolder.appending(place)
    }
}
