public import Foundation

/// Why a file could not be read or written: which file, what is wrong with it, and how to mend that.
///
/// ```
/// photos/cat.jpg: the JPEG data end early. The file is cut short: fetch or export it again.
/// ```
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible, LocalizedError {
    /// What kind of failure it was; more kinds may be added.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// There is no such file or folder.
        public static let missing = Code(name: "missing")
        /// The system does not let this user read or write there.
        public static let denied = Code(name: "denied")
        /// The disk, or the user's share of it, is full.
        public static let diskFull = Code(name: "diskFull")
        /// The file has no content at all.
        public static let empty = Code(name: "empty")
        /// The content ends early.
        public static let truncated = Code(name: "truncated")
        /// The content is damaged, or of another format.
        public static let corrupt = Code(name: "corrupt")
        /// A variant of the format that is not read here.
        public static let unsupported = Code(name: "unsupported")
        /// The content is sound, but not what was asked for.
        public static let mismatch = Code(name: "mismatch")
        /// The content is larger than the caller allows.
        public static let tooLarge = Code(name: "tooLarge")
        /// The system reports some other failure.
        public static let failed = Code(name: "failed")
    }

    /// What kind of failure it was.
    public let code: Code
    /// The path of the file; a member of an archive follows its archive after a colon.
    public let file: String
    /// What is wrong, as a clause without a full stop.
    public let problem: String
    /// How to mend it, as a sentence.
    public let remedy: String

    /// Creates an error.
    public init(_ code: Code, _ file: String, _ problem: String, remedy: String) {
        self.code = code
        self.file = file
        self.problem = problem
        self.remedy = remedy
    }

    /// File, problem and remedy on one line.
    public var description: String { "\(file): \(problem). \(remedy)" }

    /// The description, for those who see only `any Error`.
    public var errorDescription: String? { description }
}

extension FileError {
    /// What the system says in `errno` after it could not do `what` ("open", "write") to a file.
    package init(errno number: Int32, _ file: String, _ what: String) {
        let text = String(cString: strerror(number))
        let (code, remedy): (Code, String) =
            switch number {
            case ENOENT, ENOTDIR: (.missing, "Check the path.")
            case EISDIR: (.mismatch, "Name a file, not a folder.")
            case EACCES, EPERM: (.denied, "Change its permissions, or choose another place.")
            case EROFS: (.denied, "Choose a place that can be written to.")
            case ENOSPC, EDQUOT: (.diskFull, "Free some space (`df -h` shows it), then try again.")
            case EMFILE, ENFILE: (.failed, "Raise the limit with `ulimit -n`.")
            default: (.failed, "Check the disk and the path.")
            }
        self.init(code, file, "cannot \(what): \(text)", remedy: remedy)
    }

    static func empty(_ file: String) -> FileError {
        FileError(.empty, file, "the file is empty (0 bytes)", remedy: "Fetch or export it again, or remove it.")
    }

    static func truncated(_ file: String, _ problem: String) -> FileError {
        FileError(.truncated, file, problem, remedy: "The file is cut short: fetch or export it again.")
    }

    static func corrupt(_ file: String, _ problem: String) -> FileError {
        FileError(.corrupt, file, problem, remedy: "The file is damaged: fetch or export it again.")
    }

    static func tooLarge(
        _ file: String, _ problem: String, remedy: String = "If that is right, split it; otherwise the file is damaged."
    ) -> FileError { FileError(.tooLarge, file, problem, remedy: remedy) }

    /// What cannot be read like a file, as reading might never end.
    package static func special(_ file: String, _ kind: String) -> FileError {
        FileError(
            .unsupported, file, "is \(kind), not a file",
            remedy: "Name a file; write what comes through it to one first.")
    }
}
