internal import Foundation
public import Torch

/// Predictor and corrector: after each step of another rule, Langevin steps at the level that it reached.
///
///     x <- x + ε s + sqrt(2 ε) z,    ε = 2 (r σ)²,    s = -E[e | x] / σ
///
/// Song et al., arXiv 2011.13456, algorithms 4 and 5. There the length of a step is 2 (r |z| / |s|)² with means over the batch
/// of the lengths of noise z and score s; here |z| / |s| is σ, its value for pure noise, so that a sample does not depend on
/// its neighbours.
public struct PredictorCorrector<Predictor: StepRule>: StepRule {
    /// The rule of the steps.
    public let predictor: Predictor
    /// r, the ratio of signal to noise of a correction.
    public let ratio: Double
    /// Corrections after each step.
    public let corrections: Int

    /// A rule.
    ///
    /// - Parameters:
    ///   - predictor: The rule of the steps.
    ///   - ratio: r > 0, 0.16 by default (the paper's value for CIFAR-10).
    ///   - corrections: Corrections after each step but one that leads to the data; 1 by default.
    public init(_ predictor: Predictor, ratio: Double = 0.16, corrections: Int = 1) {
        demand(ratio > 0 && corrections >= 0, "a ratio of signal to noise is positive, and corrections are counted")
        self.predictor = predictor
        self.ratio = ratio
        self.corrections = corrections
    }

    /// That of the predictor.
    public var order: Int { predictor.order }

    /// True where there are corrections.
    public var isStochastic: Bool { corrections > 0 || predictor.isStochastic }

    /// Such as "DDIM, 1 Langevin correction".
    public var description: String {
        "\(predictor), \(corrections) Langevin correction" + (corrections == 1 ? "" : "s")
    }

    /// Those of the predictor, and one for each correction.
    public func evaluations(over grid: NoiseGrid) -> Int {
        predictor.evaluations(over: grid) + corrections * grid.steps.filter { $0.to.sigma > 0 }.count
    }

    /// What the predictor remembers.
    public func beginning() -> Predictor.Memory { predictor.beginning() }

    /// Positions at the end of a step.
    public func step(
        _ x: Tensor, _ place: StepPlace, _ memory: inout Predictor.Memory,
        estimate: (Tensor, NoiseLevel) -> Estimate, noise: () -> Tensor
    ) -> Tensor {
        var x = predictor.step(x, place, &memory, estimate: estimate, noise: noise)
        let level = place.step.to
        guard level.sigma > 0 else { return x }
        for _ in 0..<corrections {
            let size = 2 * (ratio * level.sigma) * (ratio * level.sigma)
            let score = estimate(x, level).noise * (-1 / level.sigma)
            x = x + score * size + noise() * (2 * size).squareRoot()
        }
        return x
    }
}

extension PredictorCorrector: Equatable where Predictor: Equatable {}
