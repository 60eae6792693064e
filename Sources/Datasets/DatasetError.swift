/// An error that data or its description can cause: an absent folder, a damaged file, labels that do not fit.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kind of a failure; more kinds may be added.
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

    /// Kind of the failure.
    public var code: Code
    /// A description of the mistake, its place, and the way to fix it.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
