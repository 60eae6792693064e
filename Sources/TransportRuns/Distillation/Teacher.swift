internal import Backbones
internal import Foundation
internal import Generative
internal import RunData
internal import Runs
internal import Settings
internal import Torch
internal import TorchNN
internal import Training

/// A trained run as the teacher of another: its frozen network, and the process that it undoes.
struct Teacher: Sendable {
    /// The model of position, time and class.
    let model: AnyPrediction
    /// The path from noise to data.
    let path: AnyPath
    /// The quantity that the model predicts.
    let prediction: Prediction
    /// The label of no class; nil if the teacher knows none.
    let nullClass: Int?
    /// Averaged weights by name, from which students start.
    let weights: [String: Tensor]

    /// The methods of teachers.
    static let methods = MethodCatalog(FlowMethod(), DiffusionMethod(), EDMMethod(), ScoreMethod())

    /// Reads the averaged weights of a run's latest checkpoint.
    ///
    /// - Parameters:
    ///   - path: The run's folder, the setting `method.teacher`.
    ///   - context: The student's run, whose data must be of the teacher's shape and classes.
    ///   - own: The path and prediction of the student, which must be the teacher's.
    /// - Throws: ``/Training/TrainingError`` that names the setting.
    init(_ path: String, for context: RunContext, as own: FlowMethod) throws {
        let folder = RunFolder(URL(filePath: path))
        guard folder.exists, let checkpoint = folder.latestCheckpoint() else {
            throw TrainingError(
                "method.teacher: \(path) is not a run with a checkpoint. Train the teacher first: pushforward train --config FILE --run \(path)."
            )
        }
        let settings: RunSettings
        do {
            settings = try RunSettings(Self.methods).reading(file: folder.configuration.path)
        } catch {
            throw TrainingError(
                "method.teacher: \(path) cannot teach; a teacher is a run of method \(Self.methods.names.joined(separator: ", ")). \(error)"
            )
        }
        guard let method = settings.method as? any LevelMethod else {
            fatalError("teachers predict along a path")
        }
        let layout = try DataLayout(settings.data)
        guard layout.shape == context.data.layout.shape, layout.classes == context.data.layout.classes
        else {
            throw TrainingError(
                """
                method.teacher: \(path) learned data of shape \(layout.shape) with \(layout.classes) classes, and this run has \
                \(context.data.layout.shape) with \(context.data.layout.classes). Use the teacher's section data.
                """)
        }
        guard Self.agree(method.noisePath, own.noisePath),
            method.learnedPrediction == own.learnedPrediction
        else {
            throw TrainingError(
                """
                method.teacher: \(path) has another path than \(own.path.rawValue), or predicts another quantity than \
                \(own.predict.rawValue). Write its method.path and method.predict; \
                they are those of the method flow, other teachers have none.
                """)
        }
        let interface = method.interface(for: layout)
        let store = ParameterStore(seed: Seed(0), device: context.device)
        let network = try settings.network.network(for: interface, in: store.root)
        let files = CheckpointFiles(checkpoint.url)
        try files.require(
            CheckpointIdentity(method: type(of: method).name, stage: method.sampledStages.last ?? ""))
        let averages = ExponentialMovingAverage(
            of: store, decays: settings.training.averages, warmsUp: true)
        try averages.restore(SafetensorsFile(files.averages).tensors, from: files.averages.path)
        for (target, source) in zip(store.state, averages.store.state) {
            target.tensor.copy(from: source.tensor)
        }
        store.freeze()
        model = AnyPrediction(method.predictionModel(of: network))
        self.path = AnyPath(method.noisePath)
        prediction = method.learnedPrediction
        nullClass = interface.nullClass ? interface.classes : nil
        weights = Dictionary(uniqueKeysWithValues: store.state.map { ($0.name, $0.tensor) })
    }

    /// True for paths of the same shares.
    private static func agree(_ one: any AffinePath, _ other: any AffinePath) -> Bool {
        let times = Tensor([0, 0.25, 0.5, 0.75, 1])
        let (a, b) = (one.coefficients(at: times), other.coefficients(at: times))
        return max((a.alpha - b.alpha).abs().amax().item(), (a.sigma - b.sigma).abs().amax().item())
            < 1e-9
    }

    /// The file of a teacher's weights.
    static func weightFile(of path: String) -> URL {
        RunFolder(URL(filePath: path)).checkpoints.appending(path: "latest/ema.safetensors")
    }
}

extension Teacher {
    /// Starts a network with a teacher's weights, as far as names and shapes agree; of an embedding with further rows, such as
    /// that of no class, the first ones are taken.
    ///
    /// - Returns: Number of tensors that were taken over.
    @discardableResult
    static func start(_ tensors: [NamedTensor], prefix: String = "", from weights: [String: Tensor])
        -> Int
    {
        var taken = 0
        for (name, tensor) in tensors where name.hasPrefix(prefix) {
            guard let source = weights[String(name.dropFirst(prefix.count))], source.rank == tensor.rank
            else {
                continue
            }
            guard Array(source.shape.dropFirst()) == Array(tensor.shape.dropFirst()),
                tensor.rank > 0, source.shape[0] >= tensor.shape[0]
            else { continue }
            withoutGradients { tensor.copy(from: source.slice(0, 0, tensor.shape[0])) }
            taken += 1
        }
        return taken
    }
}

/// A ``PredictionModel`` of class labels whose type is known at run time only.
struct AnyPrediction: PredictionModel, Sendable {
    private let body: @Sendable (Tensor, Tensor, Tensor) -> Tensor

    /// A model of any type.
    init(_ model: any PredictionModel<Tensor> & Sendable) {
        func erased(_ model: some PredictionModel<Tensor> & Sendable)
            -> @Sendable (Tensor, Tensor, Tensor) -> Tensor
        {
            { model.predict($0, time: $1, given: $2) }
        }
        body = erased(model)
    }

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor { body(x, time, labels) }
}
