internal import FileFormats
internal import Foundation
internal import Torch
internal import TorchNN

/// The files of one checkpoint.
///
///     model.safetensors, ema.safetensors, optimizer.safetensors, state.json
struct CheckpointFiles {
    /// What is not a tensor.
    ///
    /// Batches and draws are pure functions of seed and step, so this is all there is.
    struct State: Codable {
        /// Steps done.
        var step: Int
        /// Seed of the training.
        var seed: UInt64
    }

    private let folder: URL

    init(_ folder: URL) { self.folder = folder }

    var model: URL { folder.appending(path: "model.safetensors") }
    var averages: URL { folder.appending(path: "ema.safetensors") }
    private var optimizer: URL { folder.appending(path: "optimizer.safetensors") }
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
        model store: ParameterStore, optimizer: some Optimizer, averages: ExponentialMovingAverage
    ) throws -> State {
        try Weights.load(into: store, from: model)
        try averages.restore(SafetensorsFile(self.averages).tensors, from: self.averages.path)
        try optimizer.restore(SafetensorsFile(self.optimizer).tensors, from: self.optimizer.path)
        return try readState()
    }

    private func readState() throws -> State {
        guard let data = FileManager.default.contents(atPath: state.path) else {
            throw TrainingError(
                "\(state.path): the checkpoint has no state.json. Point checkpoints/latest to a complete checkpoint.")
        }
        do {
            return try JSONDecoder().decode(State.self, from: data)
        } catch {
            throw TrainingError(
                "\(state.path): not the state of a checkpoint. Point checkpoints/latest to a complete checkpoint.")
        }
    }
}
