public import Generative
public import Torch

/// Energies of paths between two distributions, sums over dimensions.
public enum PathEnergy {
    /// ∫ E|v|² dt along the probability flow that starts at `start` [B, ...], with Heun's method in `steps` steps.
    ///
    /// It is at least the squared Wasserstein distance of the ends (Benamou and Brenier), which straight paths of an optimal
    /// map attain.
    public static func ofFlow<Field: VectorField>(
        _ field: Field, from start: Tensor, steps: Int
    ) -> Double where Field.Condition == Void {
        var (energies, x) = ([Double](), start)
        let length = 1 / Double(steps)
        let sampler = ODESampler(.heun, times: .uniform(steps: steps), for: Field.self)
        withoutGradients {
            energies.append(energy(of: field.velocity(at: x, time: 0)))
            _ = sampler.sample(field, from: start, using: RandomSource(Seed(0))) { report in
                x = report.values
                energies.append(energy(of: field.velocity(at: x, time: Double(report.step) * length)))
            }
        }
        // The trapezoidal rule.
        let inner = energies.dropFirst().dropLast().reduce(0, +)
        return length * (inner + (energies[0] + energies[energies.count - 1]) / 2)
    }

    /// ∫ E|f|² dt along the equation that starts at `start` [B, ...]: 2 σ² times the divergence from the reference.
    ///
    /// - Parameters:
    ///   - field: The equation.
    ///   - start: Where it starts.
    ///   - steps: Equal steps of Euler and Maruyama's method.
    ///   - source: Randomness.
    public static func ofEquation<Field: StochasticField>(
        _ field: Field, from start: Tensor, steps: Int, using source: RandomSource
    ) -> Double where Field.Condition == Void {
        var total = 0.0
        withoutGradients {
            total += energy(of: field.drift(at: start, time: time(0, start), given: ()))
            _ = EulerMaruyamaSampler(times: .uniform(steps: steps)).sample(field, from: start, using: source) {
                report in
                guard report.step < steps else { return }
                let now = time(Double(report.step) / Double(steps), start)
                total += energy(of: field.drift(at: report.values, time: now, given: ()))
            }
        }
        return total / Double(steps)
    }

    private static func energy(of values: Tensor) -> Double {
        values.to(.float64).square().flatten(1).sum(1).mean().item()
    }

    private static func time(_ value: Double, _ x: Tensor) -> Tensor {
        .full([x.shape[0]], value, dtype: x.dtype == .float64 ? .float64 : .float32, device: x.device)
    }
}
