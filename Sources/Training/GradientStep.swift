internal import Generative
internal import Torch
internal import TorchNN

/// Loss and gradients of a step: computed operation by operation, or replayed as one graph where shapes are static.
final class GradientStep<Objective: Generative.Objective> {
    private let model: Objective.Model
    private let objective: Objective
    private let optimizer: any Optimizer
    private let device: Device
    private let precision: DType?
    private let recorder: StepRecorder?

    /// - Parameters:
    ///   - objective: Objective to minimise.
    ///   - model: The network.
    ///   - optimizer: Owner of the parameters that get the gradients.
    ///   - device: Device of model and batches.
    ///   - settings: Precision, and replay of steps from their fourth on.
    init(
        _ objective: Objective, of model: Objective.Model, for optimizer: any Optimizer, on device: Device,
        _ settings: TrainingSettings
    ) {
        self.model = model
        self.objective = objective
        self.optimizer = optimizer
        self.device = device
        precision = settings.precision.dtype(on: device)
        recorder = settings.graph && objective.isDeterministic ? StepRecorder(device: device) : nil
    }

    /// The loss on a batch; its gradients are left in the parameters.
    func loss(on batch: Objective.Batch, using source: RandomSource) throws -> Loss {
        guard let recorder, let batch = batch as? any RecordableBatch else { return computed(batch, source) }
        return try replayed(batch, source, recorder)
    }

    private func replayed<Batch: RecordableBatch>(
        _ batch: Batch, _ source: RandomSource, _ recorder: StepRecorder
    ) throws -> Loss {
        try recorder.loss(on: batch) { batch in
            guard let batch = batch as? Objective.Batch else { preconditionFailure("a batch became another type") }
            return self.computed(batch, source)
        }
    }

    private func computed(_ batch: Objective.Batch, _ source: RandomSource) -> Loss {
        let (loss, parts) = withAutocast(precision, on: device) {
            objective.gradientParts(of: model, on: batch, using: source)
        }
        optimizer.zeroGradients()
        for part in parts { withAutocast(precision, on: device, part).backward() }
        return loss
    }
}

/// Records a step once its shapes have stayed the same for a few steps, and replays it from then on.
final class StepRecorder {
    private let device: Device
    private var recording: Recording?
    private var signature: Signature?
    private var equalSteps = 0
    /// Libraries choose and compile kernels in the first steps, which cannot be recorded.
    private static let warmUp = 3

    init(device: Device) { self.device = device }

    /// The loss of a batch: computed by `body`, or replayed.
    func loss<Batch: RecordableBatch>(on batch: Batch, _ body: (Batch) -> Loss) throws -> Loss {
        let now = Signature(batch)
        if now != signature { (signature, equalSteps, recording) = (now, 0, nil) }
        equalSteps += 1
        guard equalSteps > Self.warmUp else { return body(batch) }
        if recording == nil { recording = try Recording(of: batch, on: device, body) }
        guard let recording else { preconditionFailure("the step was just recorded") }
        return recording.loss(on: batch.tensors)
    }

    /// Properties of a batch for which a recording is valid.
    private struct Signature: Equatable {
        let shapes: [[Int]]
        let constants: [Double]

        init(_ batch: some RecordableBatch) {
            shapes = batch.tensors.map(\.shape)
            constants = batch.constants
        }
    }

    /// One recorded step: the memory of its inputs, its loss, and the graph between them.
    private struct Recording {
        private let inputs: [Tensor]
        private let recorded: Loss
        private let graph: OperationGraph

        init<Batch: RecordableBatch>(of batch: Batch, on device: Device, _ body: (Batch) -> Loss) throws {
            let own = batch.mapTensors { $0.clone() }
            inputs = own.tensors
            var loss: Loss?
            do {
                graph = try OperationGraph(on: device) { loss = body(own) }
            } catch let error as TorchError {
                throw TrainingError(
                    "The step cannot be recorded as a CUDA graph: \(error.message) Set training.graph: false.")
            }
            guard let loss else { preconditionFailure("nothing was recorded") }
            recorded = loss
        }

        func loss(on tensors: [Tensor]) -> Loss {
            for (input, tensor) in zip(inputs, tensors) { input.copy(from: tensor) }
            graph.replay()
            return recorded
        }
    }
}
