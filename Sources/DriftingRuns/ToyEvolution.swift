internal import Backbones
internal import Datasets
internal import Drifting
public import Foundation
internal import Generative
internal import Plots
public import Torch
internal import TorchNN

/// Drifting in the plane onto two modes, from three starts: between the modes, far away, and collapsed onto one of them.
///
/// Figure 3 of arXiv 2602.04770: whatever the start, the generator covers both modes, because its samples repel each other.
public struct ToyEvolution {
    /// Places of the first samples of a generator.
    public enum Start: String, Sendable, CaseIterable {
        /// Half-way.
        case between = "between the modes"
        /// Farther from both than they are from each other.
        case far = "far away"
        /// All on one mode.
        case collapsed

        fileprivate var centre: [Float] {
            switch self {
            case .between: [0, 0]
            case .far: [0, 2.5]
            case .collapsed: [1.5, 0]
            }
        }

        fileprivate var spread: Double { self == .collapsed ? 0.02 : 0.1 }
    }

    /// Data and samples at a step.
    public struct Snapshot: Sendable {
        /// Steps done.
        public var step: Int
        /// Points of the two modes [N, 2].
        public var data: Tensor
        /// Samples [N, 2].
        public var generated: Tensor
    }

    private static let frames = [0, 10, 30, 60, 120, 300]
    private static let count = 256

    /// The paper's field: with the release's affinity floor every point is drawn to the mean of the data when the points
    /// lie as densely as they do in a collapsed start.
    private static var field: ReleasedField {
        var configuration = ReleasedField.Configuration()
        configuration.affinityFloor = 0
        configuration.strengthFloor = 1e-30
        return ReleasedField(configuration)
    }

    private let seed: Seed

    /// A drawing whose randomness comes from `seed`.
    public init(seed: Seed) { self.seed = seed.child("toy evolution") }

    /// Trains the three generators, a few seconds, and draws their filmstrip.
    public func draw(to url: URL) throws {
        let rows = Start.allCases.map { start in
            Filmstrip.Row(snapshots(from: start).map(Self.frame), label: start.rawValue)
        }
        var strip = Filmstrip("Drifting onto two modes from three starts", legend: ["data", "generated"], rows)
        // On the way from afar a few points overshoot; the frames show where things happen.
        strip.region = (x: -3...3, y: -2...3)
        try strip.write(to: url)
    }

    /// Trains one generator, a few seconds: 256 data and samples before the first step, after some, and after the last.
    public func snapshots(from start: Start) -> [Snapshot] {
        let seed = seed.child(start.rawValue)
        let store = ParameterStore(seed: seed)
        let network = MLP(.init(inputs: 2, outputs: 2, width: 128, depth: 3), in: store.root)
        let optimizer = AdamW(store, .init(beta1: 0.9, beta2: 0.95, weightDecay: 0))
        let centre = Tensor(start.centre)
        // The network's own first output is subtracted, so that the start is where the label says.
        let origin = ParameterStore(copying: store)
        let first = MLP(network.configuration, in: origin.root)
        let generate = { (noise: Tensor) -> Tensor in
            network(noise) - withoutGradients { first(noise) } + noise * start.spread + centre
        }
        return (0...(Self.frames.last ?? 0)).compactMap { step in
            let source = RandomSource(seed.child(step))
            let noise = Tensor.randn([Self.count, 2], using: source)
            let data = Toy2D.twoModes.examples(Self.count, using: source).values
            let generated = generate(noise)
            let snapshot =
                Self.frames.contains(step) ? Snapshot(step: step, data: data, generated: generated.detach()) : nil
            let loss = Self.field.loss(
                of: DriftPoints(generated: generated.unsqueeze(0), positives: data.unsqueeze(0)))
            optimizer.zeroGradients()
            loss.perGroup.sum().backward()
            optimizer.step(learningRate: 1e-3)
            return snapshot
        }
    }

    private static func frame(_ snapshot: Snapshot) -> Filmstrip.Frame {
        Filmstrip.Frame("step \(snapshot.step)", clouds: [points(snapshot.data), points(snapshot.generated)])
    }

    private static func points(_ tensor: Tensor) -> [Filmstrip.Point] {
        let values = tensor.scalars(as: Double.self)
        return stride(from: 0, to: values.count - 1, by: 2).map { [values[$0], values[$0 + 1]] }
    }
}
