internal import FileFormats
internal import Foundation

/// The share of a training that is done: by steps, or by time where that is limited, whichever is further.
///
/// Time cannot be repeated, so the share before each step is kept in `pace.txt`, a line of step and share, from which a run
/// that resumes takes what it knows: steps that are done again reach the same bits. Its first line names the length that the
/// shares are of; once a run is lengthened they are of no use any more, and the clock decides again.
final class Pace {
    private let steps: Int
    private let seconds: Double?
    private let clock: () -> Double
    private var known: [Int: Double]
    private var furthest: Double
    private let record: Record?

    /// The pace of a training.
    ///
    /// - Parameters:
    ///   - settings: Limits of steps and time.
    ///   - url: The file of the shares; it is made only if time is limited.
    ///   - step: The step that the training starts or resumes after.
    ///   - clock: Seconds of training so far, earlier stages included.
    init(_ settings: TrainingSettings, recordedIn url: URL, from step: Int, clock: @escaping () -> Double) throws {
        steps = settings.steps
        seconds = settings.minutes.map { $0 * 60 }
        self.clock = clock
        let length = "# shares of \(settings.minutes ?? 0) min, at most \(settings.steps) steps"
        record = seconds == nil ? nil : try Record(url, of: length)
        known = try record?.shares() ?? [:]
        furthest = known.filter { $0.key <= step }.values.max() ?? 0
    }

    /// The share that is done after so many steps, in [0, 1], which never falls; 1 ends the training.
    func share(after step: Int) throws -> Double {
        if let share = known[step] {
            furthest = max(furthest, share)
            return share
        }
        let bySteps = Double(step) / Double(steps)
        guard let seconds, let record else { return min(1, bySteps) }
        let share = max(furthest, min(1, max(bySteps, clock() / seconds)))
        (known[step], furthest) = (share, share)
        try record.append(step, share)
        return share
    }

    /// Seconds that are left, of time; nil if it is not limited.
    var secondsLeft: Double? { seconds.map { max(0, $0 - clock()) } }
}

/// The file of shares.
private final class Record {
    private let url: URL
    private let length: String
    private let file: FileDescriptor

    init(_ url: URL, of length: String) throws {
        self.url = url
        self.length = length
        file = try FileDescriptor(opening: url.path, O_RDWR | O_CREAT | O_APPEND)
    }

    func append(_ step: Int, _ share: Double) throws {
        try Array("\(step) \(share)\n".utf8).withUnsafeBytes { try file.write($0) }
    }

    /// All shares by step; a line that was cut short when the process was killed is dropped.
    func shares() throws -> [Int: Double] {
        let text = String(decoding: try readBytes(of: url), as: UTF8.self)
        let whole = text.lastIndex(of: "\n").map { text[...$0] } ?? ""
        var lines = whole.split(separator: "\n")
        let isOfOtherLength = lines.first.map { $0.hasPrefix("#") && $0 != length } ?? true
        try file.truncate(to: isOfOtherLength ? 0 : whole.utf8.count)
        if isOfOtherLength {
            try Array("\(length)\n".utf8).withUnsafeBytes { try file.write($0) }
            return [:]
        }
        if lines.first?.hasPrefix("#") == true { lines.removeFirst() }
        return try lines.reduce(into: [:]) { shares, line in
            let words = line.split(separator: " ")
            guard words.count == 2, let step = Int(words[0]), step >= 0, let share = Double(words[1]),
                (0...1).contains(share)
            else {
                throw FileError(
                    .corrupt, url.path, "'\(line)' is not a step and a share",
                    remedy: "Remove the file to go on by the clock.")
            }
            shares[step] = share
        }
    }
}
