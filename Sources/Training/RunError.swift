import Foundation

/// Reason for which a run cannot be started or continued.
public enum RunError: Error, CustomStringConvertible {
    /// The folder holds a run already.
    case exists(RunFolder, latestStep: Int?)
    /// The folder holds no run.
    case missing(RunFolder)
    /// The folder holds other files.
    case notEmpty(RunFolder, example: String)
    /// The folder is an earlier stage of a run.
    case stage(RunFolder, of: RunFolder)
    /// Another process trains in the folder.
    case busy(RunFolder, owner: String)

    /// The mistake, and the way to go on.
    public var description: String {
        switch self {
        case .exists(let run, let step):
            "\(run.name) holds a run already (\(step.map { "saved after step \($0)" } ?? "nothing saved yet")). "
                + "Continue it with --resume, or choose another folder."
        case .missing(let run):
            "\(run.name) holds no run: there is no config.yaml in it. Check the path; a new run is started without --resume."
        case .notEmpty(let run, let example):
            "\(run.name) is not empty (it holds \(example)) and is no run. Choose another folder."
        case .stage(let stage, let run):
            "\(stage.name) is the stage \(stage.url.lastPathComponent) of the run \(run.name): name that run, --run \(run.name). "
                + "The trained weights of the stage are \(stage.url.appending(path: "weights.safetensors").relativePath)."
        case .busy(let run, let owner):
            "\(run.name) is in use by \(owner). Wait for it to end, or stop it."
        }
    }
}

extension RunFolder {
    /// The path as it is shown to the user.
    fileprivate var name: String { url.relativePath }
}
