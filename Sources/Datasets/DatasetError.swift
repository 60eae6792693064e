/// An error that data or its description can cause: an absent folder, a damaged file, labels that do not fit.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was; more kinds may be added.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// A file or folder is not there.
        public static let notFound = Code(name: "notFound")
        /// A file is damaged, cut off, or of another format.
        public static let invalidFile = Code(name: "invalidFile")
        /// Two parts do not belong together, such as images and labels of different counts.
        public static let mismatch = Code(name: "mismatch")
        /// A class has fewer examples than were asked of it.
        public static let classTooSmall = Code(name: "classTooSmall")
        /// An index or label does not exist.
        public static let outOfRange = Code(name: "outOfRange")
    }

    /// What kind of failure it was.
    public var code: Code
    /// What went wrong, where, and how to mend it.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
