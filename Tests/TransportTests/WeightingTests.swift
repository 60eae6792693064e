import Foundation
import Generative
import TestSupport
import Testing
import Torch
import Transport

/// Paths of every kind.
private let paths: [AnyPath] = [
    AnyPath(LinearPath()), AnyPath(TrigonometricPath()), AnyPath(VariancePreservingPath()), AnyPath(CosinePath()),
    AnyPath(SubVariancePreservingPath()), AnyPath(VarianceExplodingPath()), AnyPath(KarrasPath()),
    AnyPath(TablePath(.cosine())),
]

private let weightings: [Weighting] = [
    .snr, .truncatedSNR, .minSNR(gamma: 5), .edm(dataDeviation: 0.5), .likelihood,
]

@Suite("Weightings of errors") struct WeightingTests {
    @Test("An error costs the same whatever is predicted, on every path", arguments: weightings)
    func invariant(_ weighting: Weighting) throws {
        let time = Tensor([0.1, 0.37, 0.5, 0.9])
        let x = Tensor([0.3, -1, 2, 0.7], shape: [4, 1])
        for path in paths {
            let data = Tensor([0.5, 1, -0.2, 0.1], shape: [4, 1])
            let other = data + Tensor([0.1, -0.3, 0.2, 0.05], shape: [4, 1])
            func cost(_ prediction: Prediction) throws -> Tensor {
                func value(_ data: Tensor) -> Tensor {
                    Prediction.data.convert(data, to: prediction, at: x, time: time, along: path)
                }
                let weights = try #require(weighting.weights(of: prediction, at: time, along: path))
                return weights * (value(data) - value(other)).square().select(1, 0)
            }
            let reference = try cost(.data)
            for prediction in Prediction.allCases {
                assertClose(try cost(prediction), reference, relative: 1e-7, absolute: 0)
            }
        }
    }

    @Test("Weights are those of their papers")
    func formulas() throws {
        // On the cosine path σ² = 1 - α²: choose times, take SNR from the path.
        let (path, time) = (CosinePath(), Tensor([0.1, 0.3, 0.6, 0.95]))
        let at = path.coefficients(at: time)
        let snr = (at.alpha / at.sigma).square()
        func weights(_ weighting: Weighting, _ prediction: Prediction) throws -> Tensor {
            try #require(weighting.weights(of: prediction, at: time, along: path))
        }
        // Hang et al., section 3.4.
        let bounded = snr.clamp(...5.0)
        assertClose(try weights(.minSNR(gamma: 5), .data), bounded, relative: 1e-9)
        assertClose(try weights(.minSNR(gamma: 5), .noise), bounded / snr, relative: 1e-9)
        assertClose(try weights(.minSNR(gamma: 5), .v), bounded / (snr + 1), relative: 1e-9)
        assertClose(try weights(.snr, .noise), snr.onesLike(), relative: 1e-9)
        assertClose(try weights(.truncatedSNR, .data), snr.clamp(1...), relative: 1e-9)
        // Unweighted v is SNR + 1 on the data.
        assertClose(try weights(.snr, .v) * (snr + 1) / snr, snr.onesLike(), relative: 1e-9)
        // Karras et al., table 1.
        let (levels, s) = (VarianceExplodingPath(), VarianceExplodingPath().coefficients(at: time).sigma)
        let edm = try #require(Weighting.edm(dataDeviation: 0.5).weights(of: .data, at: time, along: levels))
        assertClose(edm, (s.square() + 0.25) / (s * 0.5).square(), relative: 1e-9)
        // Song et al.: g²/2 on the score; for exploding variance g² = dσ²/ds = 2 σ² ln(b/a).
        let likelihood = try #require(Weighting.likelihood.weights(of: .score, at: time, along: levels))
        assertClose(likelihood, s.square() * log(5000), relative: 1e-9)
        // For a linear rate g² = β(s).
        let rate = (1 - time) * 19.9 + 0.1
        let preserving = try #require(
            Weighting.likelihood.weights(of: .score, at: time, along: VariancePreservingPath()))
        assertClose(preserving, rate * 0.5, relative: 1e-7)
        #expect(Weighting.uniform.weights(of: .noise, at: time, along: path) == nil)
    }

    @Test("Weights of bounded forms stay finite at both ends of every path")
    func ends() throws {
        for path in paths {
            for (weighting, prediction) in [(Weighting.minSNR(gamma: 5), Prediction.noise), (.snr, .noise), (.snr, .v)]
            {
                let weights = try #require(weighting.weights(of: prediction, at: Tensor([0.0, 1]), along: path))
                #expect(weights.scalars(as: Double.self).allSatisfy { $0.isFinite && $0 >= 0 })
            }
        }
    }
}
