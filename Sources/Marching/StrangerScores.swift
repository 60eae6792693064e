public import Generative
public import Torch

/// Distances as scores of strangers: how far a model takes examples to be from its data.
///
/// A high score marks a stranger. The clean score is u(x); the noised one is u((1 - s) x + s e), which asks the model where it
/// was trained, not where data have no noise at all (Wang et al., arXiv 2602.02928, whose amount s is not published).
public struct StrangerScores: Sendable {
    /// u at the examples as they are [N], float64 on the CPU.
    public let clean: Tensor
    /// u at the slightly noised examples [N], float64 on the CPU.
    public let noised: Tensor

    /// Scores of examples.
    ///
    /// - Parameters:
    ///   - examples: Examples [N, ...], as the model sees them.
    ///   - field: The model.
    ///   - condition: Condition of the examples; the null class where classes are known to the model only.
    ///   - noise: s in (0, 1); 0.1 by default.
    ///   - source: Noise, that of sample i for example i.
    public init<Field: DistanceField>(
        of examples: Tensor, by field: Field, given condition: Field.Condition, noise: Double = 0.1,
        using source: SampleNoise
    ) {
        demand(
            examples.rank >= 2 && examples.shape[0] > 0,
            "there are no examples to score: the shape is \(examples.shape)")
        demand(noise > 0 && noise < 1, "the amount of noise lies between 0 and 1, unlike \(noise)")
        let count = examples.shape[0]
        let shape = Array(examples.shape.dropFirst())
        (clean, noised) = withoutGradients {
            let e = source.normal(Array(0..<count), shape: shape, for: "score", dtype: examples.dtype).to(
                examples.device)
            let covered = examples * (1 - noise) + e * noise
            return (
                field.bearing(at: examples, given: condition).distance.to(.cpu, .float64),
                field.bearing(at: covered, given: condition).distance.to(.cpu, .float64)
            )
        }
    }
}
