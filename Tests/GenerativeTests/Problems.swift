import Foundation
import Generative
import Torch

/// dx/dt = -2 t x² with x(t) = x_0 / (1 + x_0 t²): not linear, not autonomous, and known.
struct Decay: VectorField {
    func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        time.alongBatch(of: x) * x.square() * -2.0
    }

    /// Position at t = 1 of the trajectory from `start` at t = 0.
    static func end(from start: Tensor) -> Tensor { start / (start + 1) }
}

/// dx/dt = -r x with a rate for each example, the condition [B]; x(t) = x_0 exp(-r t).
struct Relaxation: VectorField {
    /// Counts the examples that the field was evaluated for.
    final class Counter {
        var rows = 0
        var calls = 0
    }

    var counter = Counter()

    func velocity(at x: Tensor, time: Tensor, given rates: Tensor) -> Tensor {
        counter.rows += x.shape[0]
        counter.calls += 1
        return -(rates.alongBatch(of: x) * x)
    }
}

/// The Ornstein-Uhlenbeck process dx = -x dt + g dW.
struct OrnsteinUhlenbeck: StochasticField {
    var noise: Double

    func drift(at x: Tensor, time: Tensor, given _: Void) -> Tensor { -x }
    func diffusion(at time: Tensor) -> Tensor { time.onesLike() * noise }
}

/// Three Gaussians in the plane without any symmetry; `Fixtures/gaussian_mixture.py` has the same.
let threeGaussians = GaussianMixture(
    weights: Tensor([0.2, 0.5, 0.3]),
    means: Tensor([1, -0.5, -1.5, 0.25, 0.5, 2], shape: [3, 2]),
    covariances: Tensor([0.5, 0.2, 0.2, 0.4, 0.09, 0, 0, 0.25, 0.3, -0.1, -0.1, 0.2], shape: [3, 2, 2]))

/// Starts without repeated numbers, as many as there are dimensions, so that a broadcast along the wrong one shows.
let squareBatch = Tensor([0.2, 0.5, 1.1, 0.7, 1.3, 0.4, 0.9, 0.3, 1.7], shape: [3, 3])

func source(_ name: String) -> RandomSource { RandomSource(Seed(2026).child(name)) }

func normal(_ shape: [Int], _ name: String) -> Tensor { .randn(shape, using: source(name), dtype: .float64) }

/// Distance of the moments of points [N, D] from those of a distribution, in standard errors: the worst of all first
/// and second moments.
func worstMoment(of points: Tensor, _ expected: GaussianMixture) -> Double {
    let count = Double(points.shape[0])
    let offsets = points - expected.mean
    let products = offsets.unsqueeze(2) * offsets.unsqueeze(1)
    let first = offsets.mean(0).abs() / (offsets.std(0) / count.squareRoot())
    let second = (products.mean(0) - expected.covariance).abs() / (products.std(0) / count.squareRoot())
    return max(first.amax().item(), second.amax().item())
}

/// The exponent p of errors e = C h^p, from the last two of errors whose steps halve each time.
func observedOrder(_ errors: [Double]) -> Double { log2(errors[errors.count - 2] / errors[errors.count - 1]) }
