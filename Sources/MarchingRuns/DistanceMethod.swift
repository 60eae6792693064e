public import Backbones
internal import Foundation
internal import Generative
internal import Marching
public import RunData
public import Runs
public import Settings
internal import Torch

/// Distance marching (arXiv 2602.02928): a network without a time learns how far the data are and in which direction, and
/// samples march there.
public struct DistanceMethod: Method, Hashable {
    /// The value of `method.name`.
    public static let name = "distance"

    /// sqrt(E|e - y|²), the distance of noise from data; nil until the data are read.
    public var noiseDistance: Double?
    /// c0; nil for ``/Marching/MarchingConstants``' default.
    public var softening: Double?
    /// ε; nil for c0.
    public var epsilon: Double?
    /// Weight of the one-step loss.
    public var oneStepWeight = 1.0
    /// Weight of the directional eikonal loss.
    public var eikonalWeight = 30.0
    /// Batches.
    public var examples = NoisedExamples()

    /// Our defaults, where nothing is published.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "noise_distance", &noiseDistance, .positive, .finite,
            about: "Root mean square distance of noise from data; null to measure it in the data.")
        key(
            "softening", &softening, .positive, .finite,
            about:
                "c0, added to squared distances; null for ((1 - t) noise_distance)^2 at the 99th percentile t of times."
        )
        key(
            "epsilon", &epsilon, .positive, .finite,
            about: "Added to squared distances in the weight of the one-step loss; null for softening.")
        key("one_step_weight", &oneStepWeight, .in(0...1e6), about: "Weight of the one-step loss.")
        key("eikonal_weight", &eikonalWeight, .in(0...1e6), about: "Weight of the directional eikonal loss.")
        examples.bind(key)
        key.require(oneStepWeight > 0, "one_step_weight", "is 0, but only the one-step loss teaches distances")
    }

    /// Position in; a direction of the same shape and a distance out.
    public func interface(for data: DataLayout) -> NetworkInterface {
        NetworkInterface(
            shape: data.networkShape, classes: data.classes, nullClass: examples.dropLabels > 0,
            heads: DistanceNetwork.heads)
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        let sampling = run.sampling as? any DistanceSampling
        key.require(
            sampling?.guidance == nil || examples.dropLabels > 0, "sampling",
            "has guidance, but no label was dropped in training (method.drop_labels: 0): write guidance: null",
            blaming: "sampling.guidance")
        let mistake = scale.flatMap { sampling?.mistake(on: $0) }
        key.require(mistake == nil, "sampling", "cannot work: " + (mistake ?? ""))
        key.require(
            run.sourceData == nil, "source_data",
            "is not used by the method distance, which starts from noise: write null")
    }

    /// The same with ``noiseDistance``, from at most 4096 examples.
    public func completed(from data: TrainingData) throws -> DistanceMethod {
        guard noiseDistance == nil else { return self }
        let count = min(data.count, 4096)
        let examples = try data.examples((0..<count).map { $0 * data.count / count }, on: .cpu).flatten(1)
        let squares = examples.to(.float64).square().sum(1).mean().item()
        // E|e - y|² = D + E|y|², as noise has the mean 0 and knows nothing of the data. Five digits, to be read by people.
        let distance = (Double(examples.shape[1]) + squares).squareRoot()
        var completed = self
        completed.noiseDistance = Double(String(format: "%.5g", distance)) ?? distance
        return completed
    }

    /// One stage.
    public func plan(_ context: RunContext) throws -> any RunPlan {
        let scale = try requiredScale()
        let objective = DistanceMarching(
            scale.constants, oneStepWeight: oneStepWeight, eikonalWeight: eikonalWeight, for: DistanceNetwork.self)
        let times = examples.distribution
        return try OneStagePlan(
            "distance marching", examples, context, shown: ["distance_error"], objective: objective
        ) { folder in
            guard context.data.layout.dimensions == 2 else { return [] }
            return [DistancePictures(folder, context.data, times, seed: context.seed)]
        } model: {
            scale.field(of: $0)
        }
    }

    /// The scale of distances; nil as long as the data are not read.
    var scale: DistanceScale? {
        noiseDistance.map { DistanceScale(self, noiseDistance: $0) }
    }

    func requiredScale() throws -> DistanceScale {
        guard let scale else {
            throw MarchingError("method.noise_distance is missing: it is measured when training starts.")
        }
        return scale
    }
}

/// The lengths that follow from data and settings.
struct DistanceScale {
    let noiseDistance: Double
    let constants: MarchingConstants
    private let meanShare: Double

    init(_ method: DistanceMethod, noiseDistance: Double) {
        let times = method.examples.distribution
        self.noiseDistance = noiseDistance
        let standard = Self.constants(noiseDistance, times)
        constants = MarchingConstants(
            softening: method.softening ?? standard.softening, epsilon: method.epsilon ?? method.softening)
        meanShare = 1 - (0..<100).reduce(0.0) { $0 + times.quantile((Double($1) + 0.5) / 100) } / 100
    }

    private static func constants(_ distance: Double, _ times: some TimeDistribution) -> MarchingConstants {
        MarchingConstants(noiseDistance: distance, times: times)
    }

    func field(of network: any ConditionalNetwork) -> DistanceNetwork {
        DistanceNetwork(network, noiseDistance: noiseDistance, meanShare: meanShare)
    }
}

/// The reason for which a march cannot begin.
public struct MarchingError: Error, Sendable, CustomStringConvertible {
    /// The mistake and the way to fix it.
    public let description: String

    init(_ description: String) { self.description = description }
}
