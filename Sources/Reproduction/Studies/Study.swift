internal import FileFormats
public import Foundation
internal import Plots
internal import Training

/// A statement about transport, computed on closed-form distributions: a table, a plot, and checks that hold or do not.
///
/// No network is trained: the models are exact, so what is left is the error that the statement is about.
public struct Study: Sendable {
    /// Name in commands and of the folder.
    public let name: String
    /// Title of the report.
    public let title: String
    let compute: @Sendable (StudySize) throws -> StudyReport

    /// All studies, in the order of their dependence.
    public static let all = [
        continuity, discretisation, marginals, perturbation,
    ]

    /// The study of a name; nil if there is none.
    public static func named(_ name: String) -> Study? { all.first { $0.name == name } }

    /// Computes the study without writing anything.
    ///
    /// - Parameter size: Amount of work; by default what the documentation shows.
    /// - Throws: Errors of metrics.
    public func report(_ size: StudySize = .standard) throws -> StudyReport { try compute(size) }

    /// Computes the study and writes `NAME/report.md`, `NAME/report.json` and a PNG file for each plot.
    ///
    /// - Parameters:
    ///   - folder: The folder of all studies, made if it does not exist.
    ///   - size: Amount of work; by default what the documentation shows.
    /// - Returns: The report.
    /// - Throws: Errors of files, metrics and plots.
    public func write(into folder: URL, _ size: StudySize = .standard) throws -> StudyReport {
        let own = folder.appending(path: name)
        try own.makeFolder()
        let report = try report(size)
        try JSONFile.write(report, to: own.appending(path: "report.json"))
        try TextFile.write(report.markdown, to: own.appending(path: "report.md"))
        for figure in report.figures { try figure.plot.write(to: own.appending(path: figure.file)) }
        return report
    }
}

/// Amount of work of a study.
public struct StudySize: Sendable, Hashable {
    /// Samples of Monte Carlo estimates, and of trajectories.
    public var samples: Int
    /// Repetitions with other noise; their spread is the error bar.
    public var repetitions: Int
    /// Numbers of steps double so often.
    public var doublings: Int

    /// Some amount.
    ///
    /// - Parameters:
    ///   - samples: At least 16.
    ///   - repetitions: At least 2.
    ///   - doublings: At least 3.
    public init(samples: Int, repetitions: Int, doublings: Int) {
        precondition(samples >= 16 && repetitions >= 2 && doublings >= 3, "a study of too few samples or steps")
        (self.samples, self.repetitions, self.doublings) = (samples, repetitions, doublings)
    }

    /// True of fewer cases too, which is enough to see that something holds.
    var isSmall: Bool { samples < 1000 }

    /// Some minutes for all studies, on two cores.
    public static let standard = StudySize(samples: 2000, repetitions: 10, doublings: 8)
    /// For tests.
    public static let small = StudySize(samples: 400, repetitions: 6, doublings: 7)
}
