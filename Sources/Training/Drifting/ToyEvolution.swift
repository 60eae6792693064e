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
/// Figure 3 of arXiv 2602.04770: whatever the start, the generator covers both modes, because what is generated repels.
public struct ToyEvolution {
    /// Where a generator starts, as a centre and a spread of its first samples.
    private struct Start {
        let label: String
        let centre: SIMD2<Double>
        let spread: Double
    }

    private static let starts = [
        Start(label: "between the modes", centre: [0, 0], spread: 0.1),
        Start(label: "far away", centre: [0, 2.5], spread: 0.1),
        Start(label: "collapsed", centre: [1.5, 0], spread: 0.02),
    ]
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
        let rows = Self.starts.map { start in
            Filmstrip.Row(frames(from: start), label: start.label)
        }
        var strip = Filmstrip("Drifting onto two modes from three starts", legend: ["data", "generated"], rows)
        // On the way from afar a few points overshoot; the frames show where things happen.
        strip.region = (x: -3...3, y: -2...3)
        try strip.write(to: url)
    }

    private func frames(from start: Start) -> [Filmstrip.Frame] {
        let store = ParameterStore(seed: seed.child(start.label))
        let network = MLP(.init(inputs: 2, outputs: 2, width: 128, depth: 3), in: store.root)
        let optimizer = AdamW(store, .init(beta1: 0.9, beta2: 0.95, weightDecay: 0))
        let centre = Tensor([Float(start.centre.x), Float(start.centre.y)])
        // The network's own first output is subtracted, so that the start is where the label says.
        let origin = ParameterStore(copying: store)
        let first = MLP(network.configuration, in: origin.root)
        let generate = { (noise: Tensor) -> Tensor in
            network(noise) - withoutGradients { first(noise) } + noise * start.spread + centre
        }
        return (0...(Self.frames.last ?? 0)).compactMap { step in
            let source = RandomSource(seed.child(start.label).child(step))
            let noise = Tensor.randn([Self.count, 2], using: source)
            let data = Toy2D.twoModes.examples(Self.count, using: source).values
            let generated = generate(noise)
            let frame = Self.frames.contains(step) ? Self.frame(step, data, generated) : nil
            let loss = Self.field.loss(
                of: DriftPoints(generated: generated.unsqueeze(0), positives: data.unsqueeze(0)))
            optimizer.zeroGradients()
            loss.perGroup.sum().backward()
            optimizer.step(learningRate: 1e-3)
            return frame
        }
    }

    private static func frame(_ step: Int, _ data: Tensor, _ generated: Tensor) -> Filmstrip.Frame {
        Filmstrip.Frame("step \(step)", clouds: [points(data), points(generated)])
    }

    private static func points(_ tensor: Tensor) -> [Filmstrip.Point] {
        let values = tensor.scalars(as: Double.self)
        return stride(from: 0, to: values.count - 1, by: 2).map { [values[$0], values[$0 + 1]] }
    }
}
