internal import FileFormats
package import Foundation
package import Torch
internal import TorchNN

/// The files of one checkpoint.
///
///     model.safetensors, ema.safetensors, optimizer.safetensors, state.json
package struct CheckpointFiles {
    /// The state that is no tensor.
    ///
    /// Batches and draws are pure functions of seed and step, so this is all there is.
    struct State: Codable {
        static let currentFormat = 2

        /// Version of the files' layout.
        var format = Self.currentFormat
        /// Value of `method.name`.
        var method: String
        /// Name of the stage.
        var stage: String
        /// Steps done.
        var step: Int
        /// Seed of the training.
        var seed: UInt64
    }

    private let folder: URL

    package init(_ folder: URL) { self.folder = folder }

    package var model: URL { folder.appending(path: "model.safetensors") }
    package var averages: URL { folder.appending(path: "ema.safetensors") }
    var optimizer: URL { folder.appending(path: "optimizer.safetensors") }
    private var state: URL { folder.appending(path: "state.json") }

    func save(
        _ state: State, model store: ParameterStore, optimizer: some Optimizer, averages: ExponentialMovingAverage
    ) throws {
        try Weights.save(store, to: model)
        try SafetensorsFile.write(averages.state, to: self.averages)
        try SafetensorsFile.write(optimizer.state, to: self.optimizer)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(try encoder.encode(state), to: self.state)
    }

    func restore(
        _ identity: CheckpointIdentity, model store: ParameterStore, optimizer: some Optimizer,
        averages: ExponentialMovingAverage
    ) throws -> State {
        let state = try readState(of: identity)
        try Weights.load(into: store, from: model)
        try averages.restore(SafetensorsFile(self.averages).tensors, from: self.averages.path)
        try optimizer.restore(SafetensorsFile(self.optimizer).tensors, from: self.optimizer.path)
        for (file, tensors) in [
            (model, store.state), (self.averages, averages.state), (self.optimizer, optimizer.state),
        ] { try Self.requireFinite(tensors, in: file) }
        return state
    }

    /// Refuses weights that training has spoiled.
    package static func requireFinite(_ tensors: [NamedTensor], in file: URL) throws {
        let broken = tensors.notFinite
        guard !broken.isEmpty else { return }
        throw TrainingError(
            """
            \(file.path): \(broken.prefix(3).joined(separator: ", "))\(broken.count > 3 ? " and others" : "") are not finite. \
            Use an earlier checkpoint, or train again with a smaller training.learning_rate.
            """)
    }

    /// Refuses a checkpoint of another method or format.
    package func require(_ identity: CheckpointIdentity) throws { _ = try readState(of: identity) }

    private func readState(of identity: CheckpointIdentity) throws -> State {
        let state = try readState()
        let found = CheckpointIdentity(method: state.method, stage: state.stage)
        guard found == identity else {
            throw TrainingError(
                """
                \(self.state.path): the checkpoint was made by \(found), but the run's config.yaml names \
                \(identity). Put back the config.yaml that it was trained with, or start a new run.
                """)
        }
        guard state.step >= 0, namedStep.map({ $0 == state.step }) ?? true else {
            throw TrainingError(
                """
                \(self.state.path): the step is \(state.step), but the folder is \(folder.lastPathComponent). Point \
                checkpoints/latest to another checkpoint, or start a new run.
                """)
        }
        return state
    }

    /// The step that the folder's name tells, if it is one of a run.
    private var namedStep: Int? {
        let name = folder.lastPathComponent
        return name.hasPrefix("step-") ? Int(name.dropFirst("step-".count)) : nil
    }

    private func readState() throws -> State {
        guard let data = FileManager.default.contents(atPath: state.path) else {
            throw TrainingError(
                "\(state.path): the checkpoint has no state.json. Point checkpoints/latest to a complete checkpoint.")
        }
        do {
            let format = try JSONDecoder().decode(Format.self, from: data).format ?? 1
            guard format == State.currentFormat else { throw TrainingError.unknownFormat(format, state.path) }
            return try JSONDecoder().decode(State.self, from: data)
        } catch let error as TrainingError {
            throw error
        } catch {
            throw TrainingError(
                "\(state.path): not the state of a checkpoint. Point checkpoints/latest to a complete checkpoint.")
        }
    }
}

/// The method and stage of a training, such that weights of one are of no use to another.
public struct CheckpointIdentity: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Value of `method.name`.
    public var method: String
    /// Name of the stage.
    public var stage: String

    /// An identity.
    public init(method: String, stage: String) {
        self.method = method
        self.stage = stage
    }

    /// Both, for messages.
    public var description: String { "method '\(method)', stage '\(stage)'" }
}

/// The one key of state.json whose meaning never changes.
private struct Format: Decodable {
    let format: Int?
}

extension TrainingError {
    fileprivate static func unknownFormat(_ format: Int, _ path: String) -> TrainingError {
        TrainingError(
            """
            \(path): a checkpoint of format \(format), but this version of Pushforward reads format \
            \(CheckpointFiles.State.currentFormat). Go on with the version that wrote it, or train again.
            """)
    }
}
