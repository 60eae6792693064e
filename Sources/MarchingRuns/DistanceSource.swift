internal import Generative
internal import Marching
public import Runs
public import Torch

/// A source of samples that can also say how far any examples are from the data.
public protocol DistanceSource: SampleSource {
    /// Directions and distances u > 0 [N] from the data of all classes, of examples as networks see them [N, ...].
    ///
    /// Those of the null class; where a network knows none, those of the nearest class.
    func bearing(at examples: Tensor) -> (distance: Tensor, direction: Tensor)
}

extension DistanceSource {
    /// Scores of strangers among examples as networks see them [N, ...]; see ``/Marching/StrangerScores``.
    ///
    /// - Parameters:
    ///   - examples: At least one.
    ///   - noise: Share s of noise in the noised examples, in (0, 1).
    ///   - seed: Origin of the noise.
    public func strangerScores(of examples: Tensor, noise: Double, seed: Seed) -> (clean: Tensor, noised: Tensor) {
        let scores = StrangerScores(
            of: examples, by: AnyClass(source: self), given: (), noise: noise, using: SampleNoise(seed))
        return (scores.clean, scores.noised)
    }
}

/// The field of all classes.
private struct AnyClass<Source: DistanceSource>: DistanceField {
    let source: Source

    func bearing(at x: Tensor, given condition: Void) -> (distance: Tensor, direction: Tensor) {
        let parts = stride(from: 0, to: x.shape[0], by: 512).map { start in
            source.bearing(at: x.slice(0, start, min(start + 512, x.shape[0])))
        }
        return (Tensor.cat(parts.map(\.distance)), Tensor.cat(parts.map(\.direction)))
    }
}

/// Samples of a march, and the distances of its network.
struct MarchSource: DistanceSource {
    let samples: any SampleSource
    let field: DistanceNetwork
    let classes: Int
    let hasNullClass: Bool

    var description: String { samples.description }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples {
        try samples.samples(request, observing: observing)
    }

    func bearing(at examples: Tensor) -> (distance: Tensor, direction: Tensor) {
        func told(_ label: Int) -> (distance: Tensor, direction: Tensor) {
            let labels = Tensor.full([examples.shape[0]], Double(label), dtype: .int64, device: examples.device)
            return field.bearing(at: examples, given: labels)
        }
        guard !hasNullClass else { return told(classes) }
        return (1..<classes).reduce(told(0)) { nearest, label in
            let other = told(label)
            let isNearer = other.distance .< nearest.distance
            return (
                other.distance.where(isNearer, else: nearest.distance),
                other.direction.where(isNearer.alongBatch(of: examples), else: nearest.direction)
            )
        }
    }
}
