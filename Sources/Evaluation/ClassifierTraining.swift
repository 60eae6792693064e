internal import Backbones
internal import Datasets
internal import FileFormats
public import Torch
internal import TorchNN

/// Options of the training of the built-in classifier on the labels of a data set.
///
/// With the defaults, Fashion-MNIST takes less than a minute on two cores.
public struct ClassifierTraining: Sendable, Hashable, Codable {
    /// Passes over the data.
    public var epochs = 3
    /// Images per step.
    public var batchSize = 128
    /// Largest learning rate, after a fifth of the steps; a cosine from there to 0.
    public var learningRate = 4e-3
    /// AdamW's weight decay.
    public var weightDecay = 0.02
    /// Origin of initial weights and orders: fixed, so that everyone trains the same network.
    public var seed = Seed(0)

    /// The defaults.
    public init() {}

    /// Report while it learns.
    public struct Progress: Sendable, Hashable {
        /// Number of steps done.
        public let step: Int
        /// Number of steps in all.
        public let steps: Int
        /// Mean cross-entropy of the last batch, in nats.
        public let loss: Double
    }

    /// Trains a network on a data set with labels.
    func train(
        _ configuration: SmallClassifier.Configuration, on data: any Dataset, progress: (Progress) -> Void
    ) throws -> (network: SmallClassifier, store: ParameterStore) {
        let store = ParameterStore(seed: seed.child("classifier"))
        let network = SmallClassifier(configuration, in: store.root)
        let optimizer = AdamW(store, .init(weightDecay: weightDecay))
        var batches = Epochs(count: data.count, batchSize: min(batchSize, data.count), seed: seed.child("order"))
        let steps = epochs * batches.batchesPerEpoch
        let rate = LearningRate.cosine(learningRate, warmup: steps / 5, total: steps)
        for step in 0..<steps {
            let batch = try data.examples(at: batches.nextBatch())
            guard let labels = batch.labels else { throw Self.unlabelled }
            let loss = network.featuresAndLogits(Pixels.floats(batch.values)).logits.crossEntropy(labels).mean()
            optimizer.zeroGradients()
            loss.backward()
            optimizer.step(learningRate: rate(at: step))
            if step % 20 == 19 || step == steps - 1 {
                progress(Progress(step: step + 1, steps: steps, loss: loss.item()))
            }
        }
        store.freeze()
        return (network, store)
    }

    static var unlabelled: DatasetError {
        DatasetError(.mismatch, "The built-in classifier learns from labels, and this data set has none.")
    }
}
