internal import Foundation
public import Training

extension RunFolder {
    /// The folder of an earlier stage: a run of its own.
    public func stage(_ name: String) -> RunFolder { RunFolder(url.appending(path: name)) }

}
