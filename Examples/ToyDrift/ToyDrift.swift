// Teaches a small network to push noise onto two modes in the plane: drifting without pictures, encoder or run folder.
//
//     swift run ToyDrift [STEPS]

import Pushforward

/// Prints how strong the drift still is, and where the samples lie, as the generator learns.
@main struct ToyDrift {
    static func main() {
        let steps = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 300
        let seed = Seed(0)
        let store = ParameterStore(seed: seed.child("weights"))
        let generator = MLP(.init(inputs: 2, outputs: 2, width: 128, depth: 3), in: store.root)
        let optimizer = AdamW(store, .init(beta1: 0.9, beta2: 0.95, weightDecay: 0))
        var configuration = ReleasedField.Configuration()
        configuration.affinityFloor = 0  // the paper's field; the release's floor is meant for features of images
        let field = ReleasedField(configuration)

        print("step   loss   strength   right of the middle (data: 0.50)")
        for step in 0...max(steps, 0) {
            let source = RandomSource(seed.child("step").child(step))
            let data = Toy2D.twoModes.examples(256, using: source).values
            let samples = generator(.randn([256, 2], using: source))
            let points = DriftPoints(generated: samples.unsqueeze(0), positives: data.unsqueeze(0))
            let (loss, drift) = field.loss(of: points)
            if step.isMultiple(of: 50) { report(step, loss, drift, samples) }
            optimizer.zeroGradients()
            loss.sum().backward()
            optimizer.step(learningRate: 1e-3)
        }
    }

    /// The strength at the widest temperature falls; the loss does not, by design.
    static func report(_ step: Int, _ loss: Tensor, _ drift: Drift, _ samples: Tensor) {
        let right = (samples[TensorIndex.all, 0] .> 0).to(.float32).mean()
        let columns = [loss.mean(), drift.strengths[0], right].map { shown($0.item()) }
        print("\(step)".padded(to: 6), columns[0].padded(to: 6), columns[1].padded(to: 10), columns[2])
    }

    /// Two decimals, or the power of ten of what is smaller.
    static func shown(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        return "\(hundredths / 100)." + "\(hundredths % 100 + 100)".dropFirst()
    }
}

extension String {
    /// This text with spaces after it, up to a width.
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
