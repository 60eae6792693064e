public import Features
public import Generative
public import Torch

/// The drifting loss over features of an encoder.
///
///     loss_b = sum over features of the mean over locations of mean (x / unit - stopgrad(x / unit + V))²
///
/// Source: arXiv 2602.04770, equations 6 and 14, and the release: every feature counts once, whatever its number of
/// locations, and each location of each label is a group of its own.
///
/// Each force is normalised to unit mean square, so **the loss stays flat by design**. What falls in training is the raw
/// mean square of the forces, the metric `strength_TAU`, averaged over features here and given per feature as
/// `strength_TAU/FEATURE`.
public struct DriftingObjective<Model: OneStepGenerator>: Objective where Model.Condition: Sendable {
    /// What a step sees.
    public typealias Batch = DriftingBatch<Model.Condition>

    /// The field that moves the samples.
    public var field: any DriftField
    /// Which vectors of images and feature maps it acts on.
    public var features: FeatureSelection
    /// The frozen encoder, if samples drift in more than their own space.
    public var encoder: (any FeatureEncoder)?
    /// Images that go through generator and encoder at a time; all if nil.
    ///
    /// Fewer take less memory and one more evaluation of generator and encoder: first the features of all without
    /// gradients, then the field over all of them, then part by part again with the gradient that the field gave. The field
    /// sees the whole batch, so loss and gradient are those of one pass.
    public var chunk: Int?

    /// An objective.
    public init(
        field: any DriftField = FusedDriftField(), features: FeatureSelection = FeatureSelection(),
        encoder: (any FeatureEncoder)? = nil, chunk: Int? = nil
    ) {
        self.field = field
        self.features = features
        self.encoder = encoder
        self.chunk = chunk
    }

    /// True: noise is part of the batch.
    public var isDeterministic: Bool { true }

    /// Loss per label [B] with one term per feature.
    ///
    /// - Parameters:
    ///   - model: The generator.
    ///   - batch: What the step sees.
    ///   - source: Unused: the noise is part of the batch.
    public func loss(of model: Model, on batch: Batch, using source: RandomSource) -> Loss {
        judge(vectors(of: model, batch.noise, batch.condition), model, batch).loss
    }

    /// The loss, and the parts of a batch whose gradients add up to its own; see ``chunk``.
    ///
    /// - Parameters:
    ///   - model: The generator.
    ///   - batch: What the step sees.
    ///   - source: Unused: the noise is part of the batch.
    public func gradientParts(
        of model: Model, on batch: Batch, using source: RandomSource
    ) -> (loss: Loss, parts: [() -> Tensor]) {
        let ranges = ranges(of: batch.noise.shape[0])
        guard ranges.count > 1 else {
            let loss = loss(of: model, on: batch, using: source)
            return (loss, [{ loss.mean }])
        }
        let detached = withoutGradients {
            Self.joined(ranges.map { vectors(of: model, part: $0, of: batch, noise: batch.noise) })
        }
        let (loss, gradients) = judge(detached, model, batch)
        let parts = ranges.map { range in
            {
                let vectors = vectors(of: model, part: range, of: batch, noise: batch.noise)
                let products = zip(vectors, gradients).map { vector, gradient in
                    (vector.values * gradient.slice(0, range.lowerBound, range.upperBound)).sum()
                }
                return Tensor.stack(products).sum()
            }
        }
        return (loss, parts)
    }

    /// The loss of generated vectors, and the gradient of its mean with respect to each of them.
    private func judge(
        _ vectors: [FeatureVectors], _ model: Model, _ batch: Batch
    ) -> (loss: Loss, gradients: [Tensor]) {
        let labels = batch.positives.shape[0]
        let surroundings = surroundings(of: model, batch)
        let field = batch.width == 1 ? field : field.widened(by: batch.width)
        var (terms, gradients): ([Loss.Term], [Tensor]) = ([], [])
        var statistics = DriftStatistics(temperatures: self.field.temperatures)
        for (vector, surroundings) in zip(vectors, surroundings) {
            let (perGroup, drift) = field.loss(of: surroundings.points(generated: vector.values))
            terms.append(.init(vector.name, perGroup.reshape(labels, -1).mean(1)))
            statistics.add(drift, feature: vector.name)
            let gradient = FeatureGroups.ungrouped(drift.gradient, labels: labels)
            gradients.append(gradient * (1 / Double(drift.gradient.shape[0])))
        }
        return (Loss(sumOf: terms, metrics: statistics.metrics), gradients)
    }

    /// What surrounds the generated vectors, feature by feature, without gradients.
    private func surroundings(of model: Model, _ batch: Batch) -> [FeatureGroups] {
        let images = FeatureGroups.realImages(batch)
        return withoutGradients {
            let real =
                batch.encoded.map { features.plainVectors(of: images, encoder: encoder) + $0 }
                ?? Self.joined(
                    ranges(of: images.shape[0]).map {
                        features.vectors(of: images.slice(0, $0.lowerBound, $0.upperBound), encoder: encoder)
                    })
            return zip(real, independentVectors(of: model, batch, count: real.count)).map {
                FeatureGroups(batch, real: $0.values, independent: $1)
            }
        }
    }

    private func independentVectors(of model: Model, _ batch: Batch, count: Int) -> [Tensor?] {
        guard field.needsIndependentPoints else { return [Tensor?](repeating: nil, count: count) }
        guard let noise = batch.independentNoise else {
            fatalError("Drifting: this field needs the noise of a second batch: DriftingBatch.independentNoise")
        }
        let parts = ranges(of: noise.shape[0]).map { vectors(of: model, part: $0, of: batch, noise: noise) }
        return Self.joined(parts).map(\.values)
    }

    private func vectors(
        of model: Model, part range: Range<Int>, of batch: Batch, noise: Tensor
    ) -> [FeatureVectors] {
        if range.count == noise.shape[0] { return vectors(of: model, noise, batch.condition) }
        let indices = Tensor.arange(range.count, device: noise.device) + range.lowerBound
        return vectors(
            of: model, noise.slice(0, range.lowerBound, range.upperBound), Model.select(indices, from: batch.condition))
    }

    private func vectors(of model: Model, _ noise: Tensor, _ condition: Model.Condition) -> [FeatureVectors] {
        features.vectors(of: model.generate(from: noise, given: condition), encoder: encoder)
    }

    private func ranges(of count: Int) -> [Range<Int>] {
        let length = min(chunk ?? count, count)
        return stride(from: 0, to: count, by: max(length, 1)).map { $0..<min($0 + length, count) }
    }

    /// The vectors of parts of a batch as those of the whole.
    private static func joined(_ parts: [[FeatureVectors]]) -> [FeatureVectors] {
        guard parts.count > 1 else { return parts[0] }
        return parts[0].indices.map { index in
            FeatureVectors(parts[0][index].name, Tensor.cat(parts.map { $0[index].values }))
        }
    }
}

/// Raw strengths of a step, per temperature and feature, and their means over features.
private struct DriftStatistics {
    let temperatures: [Double]
    private var byTemperature: [[Tensor]]
    private var perFeature: NamedTensors = [:]

    init(temperatures: [Double]) {
        self.temperatures = temperatures
        byTemperature = temperatures.map { _ in [] }
    }

    mutating func add(_ drift: Drift, feature: String) {
        perFeature["scale/\(feature)"] = drift.scale
        for (index, strength) in drift.strengths.enumerated() {
            byTemperature[index].append(strength)
            perFeature["strength_\(temperatures[index])/\(feature)"] = strength
        }
    }

    var metrics: NamedTensors {
        var metrics: NamedTensors = [:]
        for (temperature, strengths) in zip(temperatures, byTemperature) {
            metrics["strength_\(temperature)"] = Tensor.stack(strengths).mean()
        }
        for (name, value) in perFeature { metrics[name] = value }
        return metrics
    }
}
