internal import FileFormats
internal import Foundation

/// The name of data on a command line: `fashion-mnist`, `fashion-mnist:train`.
public struct DataReference: Sendable, Hashable, CustomStringConvertible {
    /// Name of a known data set.
    public let name: String
    /// The part that is meant; nil if the data have no parts or all are meant.
    public let split: Split?

    /// A reference to a part of some data.
    public init(_ name: String, _ split: Split?) {
        self.name = name
        self.split = split
    }

    /// Reads `NAME` or `NAME:SPLIT`.
    ///
    /// - Parameters:
    ///   - text: Text of the user.
    ///   - split: The part that is meant if the text names none.
    /// - Throws: ``DatasetError`` if the split is neither `train` nor `test`.
    public init(parsing text: String, default split: Split? = nil) throws {
        guard let colon = text.lastIndex(of: ":") else {
            self.init(text, split)
            return
        }
        let part = String(text[text.index(after: colon)...])
        guard let named = Split(rawValue: part) else {
            throw DatasetError(
                .notFound, "There is no split '\(part)' of data: write \(text[..<colon]):train or :test.")
        }
        self.init(String(text[..<colon]), named)
    }

    /// `NAME` or `NAME:SPLIT`.
    public var description: String { split.map { "\(name):\($0.rawValue)" } ?? name }

    /// The name without the folders that lead to it.
    public var shortName: String { URL(filePath: name).lastPathComponent }

    /// The same data, another part.
    public func part(_ split: Split) -> DataReference { DataReference(name, split) }

    /// Names of the data sets that need no path.
    public static var knownNames: [String] { MNISTFamily.allCases.map(\.rawValue) + CIFAR.allCases.map(\.rawValue) }

    /// Opens the data: a known data set, a folder or archive of images, an `.npz` of samples, or a file
    /// or folder of latents.
    ///
    /// - Parameter images: Size and channels of the images of folders and archives.
    /// - Throws: ``DatasetError`` if there are none of this name, with the names that there are; errors of reading them.
    public func open(_ images: ImageCollection.Configuration = .init()) throws -> any Dataset {
        // Settings write fashion_mnist, Debian's folder is called fashion-mnist.
        let known = name.replacing("_", with: "-")
        if let family = MNISTFamily(rawValue: known) { return try family.load(split ?? .train) }
        if let cifar = CIFAR(rawValue: known) { return try cifar.load(split ?? .train) }
        return try opened(URL(filePath: name), images)
    }

    private func opened(_ url: URL, _ images: ImageCollection.Configuration) throws -> any Dataset {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw DatasetError(
                .notFound,
                """
                There are no data '\(name)': it is no file, no folder, and none of the known names \
                \(Self.knownNames.joined(separator: ", ")).
                """)
        }
        if isFolder.boolValue { return try opened(folder: url, images) }
        if url.pathExtension == "npz" {
            let names = try NumpyLayout.arrays(in: url).keys
            if !names.contains("latents"), !names.contains("moments") {
                return try SampleArchive(contentsOf: url).dataset()
            }
        }
        if LatentFile.endings.contains(url.pathExtension) { return try LatentCollection(url).ready() }
        if ["png", "jpg", "jpeg"].contains(url.pathExtension.lowercased()) {
            throw DatasetError(.invalidFile, "\(url.path) is a single image. Name the folder that holds the images.")
        }
        return try ImageCollection(archive: url, split: split, images)
    }

    /// A folder is recognised by the files in it: those of MNIST, those of CIFAR, images, or latents.
    private func opened(folder: URL, _ images: ImageCollection.Configuration) throws -> any Dataset {
        let names = try Set(FileManager.default.contentsOfDirectory(atPath: folder.path))
        let part = split ?? .train
        if names.contains(where: { $0.hasSuffix("-idx3-ubyte") || $0.hasSuffix("-idx3-ubyte.gz") }) {
            let family = folder.lastPathComponent.contains("fashion") ? MNISTFamily.fashionMNIST : .mnist
            return try family.load(part, from: folder)
        }
        if names.contains("data_batch_1.bin") || names.contains("test_batch.bin") {
            return try CIFAR.cifar10.load(part, from: folder)
        }
        if names.contains("train.bin") || names.contains("test.bin") {
            return try CIFAR.cifar100.load(part, from: folder)
        }
        let endings = try Set(FolderTree(folder.path).files.map { ClassFolders.ending(of: [$0]) })
        if endings.isDisjoint(with: ImageCollection.endings), !endings.isDisjoint(with: LatentFile.endings) {
            return try LatentCollection(folder, split: split).ready()
        }
        return try ImageCollection(folder: folder, split: split, images)
    }
}

extension Dataset {
    /// Indices of `wanted` examples at equal distances, so that data sorted by class give all classes; of all if there are
    /// fewer.
    public func spread(_ wanted: Int) -> [Int] {
        let taken = min(wanted, count)
        return (0..<taken).map { $0 * count / taken }
    }
}
