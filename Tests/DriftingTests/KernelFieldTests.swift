import Drifting
import Generative
import TestSupport
import Testing
import Torch

@Suite("Kernels and the fields that follow from them")
struct KernelFieldTests {
    @Test("the slope is minus the derivative over r", arguments: DriftKernel.allCases)
    func slopes(_ kernel: DriftKernel) {
        let r = Tensor([0.01, 0.3, 1, 2.5, 7])
        let h = 1e-5
        let derivative = (kernel.logValue(r + h).exp() - kernel.logValue(r - h).exp()) / (2 * h)
        assertClose(kernel.logSlope(r).exp(), -derivative / r, relative: 1e-6)
        assertClose(kernel.logValue(Tensor([0.0])), Tensor([0.0]))
    }

    // Rasmussen and Williams, 2006, equations 4.16 and 4.17, at r = 2.
    @Test("Matérn's kernels are those of the book")
    func matern() {
        let r = Tensor([2.0])
        assertClose(DriftKernel.matern32.logValue(r).exp(), Tensor([0.1397313]), relative: 1e-5)
        assertClose(DriftKernel.matern52.logValue(r).exp(), Tensor([0.1386602]), relative: 1e-5)
    }

    @Test("with the Gaussian kernel mean shift and score difference are one field (Tweedie)")
    func tweedie() {
        let points = DriftPoints.normal(negatives: 3, weighted: true)
        let a = KernelField(.meanShift).drift(of: points)
        let b = KernelField(.scoreDifference).drift(of: points)
        assertClose(a.displacement, b.displacement, relative: 1e-9)
        for (a, b) in zip(a.strengths, b.strengths) { assertClose(a, b, relative: 1e-9) }
    }

    /// The force of a field of one width, not normalised, in the units of the points.
    private func force(_ configuration: KernelField.Configuration, _ points: DriftPoints) -> Tensor {
        let drift = KernelField(configuration).drift(of: points)
        return drift.displacement * drift.strengths[0].sqrt() * drift.unit
    }

    /// Places to look at, and many points of two mixtures.
    private func mixtures(_ p: GaussianMixture, _ q: GaussianMixture, count: Int) -> DriftPoints {
        let source = RandomSource(Seed(4))
        let places = Tensor.randn([24, 2], using: source, dtype: .float64) * 0.8
        return DriftPoints(
            generated: places.unsqueeze(0), positives: p.draw(count, using: source).points.unsqueeze(0),
            independent: q.draw(count, using: source).points.unsqueeze(0))
    }

    @Test(
        "with the Gaussian kernel it is the smoothing variance times the difference of the scores of two mixtures",
        arguments: [KernelField.Law.scoreDifference, .meanShift])
    func scores(_ law: KernelField.Law) {
        let p = GaussianMixture.ring(modes: 4, radius: 1.5, deviation: 0.5, dtype: .float64)
        let q = GaussianMixture(mean: Tensor([0.5, 0.2]), covariance: Tensor.eye(2, dtype: .float64))
        let points = mixtures(p, q, count: 60_000)
        let configuration = KernelField.Configuration(law, temperatures: [0.3])
        let variance = KernelField(configuration).drift(of: points).scale.square() * 0.09
        let sigma = variance.sqrt().item()
        func score(_ mixture: GaussianMixture) -> Tensor {
            let smoothed = mixture.diffused(alpha: 1, sigma: sigma)
            let places = points.generated[0]
            return smoothed.posterior(
                at: places, alpha: .ones([24], dtype: .float64), sigma: .zeros([24], dtype: .float64)
            )
            .score
        }
        let expected = (score(p) - score(q)) * variance
        assertClose(force(configuration, points)[0], expected, relative: 0.05, absolute: 0.03)
    }

    @Test("the gradient of the MMD is that of the smoothed densities of two mixtures")
    func witness() {
        let p = GaussianMixture.ring(modes: 4, radius: 1.5, deviation: 0.5, dtype: .float64)
        let q = GaussianMixture(mean: Tensor([0.5, 0.2]), covariance: Tensor.eye(2, dtype: .float64))
        let points = mixtures(p, q, count: 60_000)
        let configuration = KernelField.Configuration(.maximumMeanDiscrepancy, temperatures: [0.3])
        let variance = KernelField(configuration).drift(of: points).scale.square() * 0.09
        // k * p is the density of p smoothed, times the kernel's mass 2 π σ²; its gradient is density times score.
        func gradient(_ mixture: GaussianMixture) -> Tensor {
            let known = mixture.diffused(alpha: 1, sigma: variance.sqrt().item()).posterior(
                at: points.generated[0], alpha: .ones([24], dtype: .float64), sigma: .zeros([24], dtype: .float64))
            return known.score * known.logDensity.exp().unsqueeze(1) * variance * (2 * Double.pi)
        }
        let expected = (gradient(p) - gradient(q)) * variance
        assertClose(force(configuration, points)[0], expected, relative: 0.05, absolute: 0.005)
    }

    // One softmax over both sides gives m+ - m- times the masses of both sides, row by row.
    @Test("normalised over targets only, the released field points along the mean shift")
    func released() {
        let points = DriftPoints.normal(generated: 6, positives: 5)
        var variant = ReleasedField.Configuration(temperatures: [0.3])
        (variant.normalisation, variant.affinityFloor) = (.targets, 0)
        let released = ReleasedField(variant).drift(of: points)
        // The release counts each point's distance to itself in the mean.
        let ratio = released.scale.item() / KernelField(.meanShift).drift(of: points).scale.item()
        var configuration = KernelField.Configuration(.meanShift, temperatures: [0.3 * ratio])
        configuration.kernel = .laplace
        let shift = KernelField(configuration).drift(of: points).displacement
        let products = (released.displacement * shift).sum(2)
        let norms = released.displacement.norm(2) * shift.norm(2)
        assertClose(products / norms, .ones([2, 6], dtype: .float64), relative: 1e-6)
    }

    @Test("negatives push like generated points, with their weights")
    func negatives() {
        // A second batch that is split in two, one part as negatives of weight 1, is the same.
        var points = DriftPoints.withSecondBatch(positives: 6)
        let whole = KernelField(.scoreDifference).drift(of: points)
        points.negatives = points.independent?.slice(1, 4)
        points.independent = points.independent?.slice(1, 0, 4)
        points.negativeWeights = .ones([2, 2], dtype: .float64)
        let split = KernelField(.scoreDifference).drift(of: points)
        assertClose(split.displacement, whole.displacement, relative: 1e-9)
        points.negativeWeights = .zeros([2, 2], dtype: .float64)
        var without = points
        (without.negatives, without.negativeWeights) = (nil, nil)
        assertClose(
            KernelField(.scoreDifference).drift(of: points).displacement,
            KernelField(.scoreDifference).drift(of: without).displacement, relative: 1e-9)
    }

    @Test("narrow MMD kernels move points although every kernel is next to nothing, and report what they are")
    func underflow() {
        let points = DriftPoints.normal(dimensions: 256).moved { $0.to(.float32) }
        let drift = KernelField(.init(.maximumMeanDiscrepancy, temperatures: [0.05])).drift(of: points)
        assertClose(drift.value.mean(), Tensor(Float(1)), relative: 1e-4)
        let strength = drift.strengths[0].item()
        #expect(strength > 0 && strength < 1e-60)
    }
}
