/// Reason for which an artifact cannot be read or written: the file, the mistake, and the way to fix it.
public struct ArtifactError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Path of the file or folder.
    public let file: String
    /// The mistake, as a clause.
    public let problem: String
    /// The way to fix it, as a sentence.
    public let remedy: String

    /// An error about a file.
    public init(_ file: String, _ problem: String, remedy: String) {
        (self.file, self.problem, self.remedy) = (file, problem, remedy)
    }

    /// File, problem and remedy on one line.
    public var description: String { "\(file): \(problem). \(remedy)" }
}
