internal import Foundation
public import Training

extension RunFolder {
    /// The folder of an earlier stage: a run of its own.
    public func stage(_ name: String) -> RunFolder { RunFolder(url.appending(path: name)) }

    /// Seconds of training so far, of this stage alone.
    func seconds() throws -> Double { try MetricsLog.records(in: metrics).last?.seconds ?? 0 }

    /// Seconds of training so far, those of earlier stages included.
    public func secondsOfAllStages() throws -> Double {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        let folders = [self] + names.map(stage).filter(\.exists)
        return try folders.filter { FileManager.default.fileExists(atPath: $0.metrics.path) }
            .reduce(0) { try $0 + $1.seconds() }
    }
}
