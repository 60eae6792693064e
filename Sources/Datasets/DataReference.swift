internal import Foundation

/// How a command line names data: `fashion-mnist`, `fashion-mnist:train`.
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
    ///   - text: What the user wrote.
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

    /// The same data, another part.
    public func part(_ split: Split) -> DataReference { DataReference(name, split) }

    /// Opens the data.
    ///
    /// - Throws: ``DatasetError`` if there are none of this name, with the names that there are; what reading them throws.
    public func open() throws -> any Dataset {
        // Settings write fashion_mnist, Debian's folder is called fashion-mnist.
        guard let family = MNISTFamily(rawValue: name.replacing("_", with: "-")) else {
            let known = MNISTFamily.allCases.map(\.rawValue).joined(separator: ", ")
            throw DatasetError(.notFound, "There are no data '\(name)'. Known names: \(known).")
        }
        return try family.load(split ?? .train)
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
