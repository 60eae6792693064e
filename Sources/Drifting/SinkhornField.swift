public import OptimalTransport
internal import Torch

/// The debiased Sinkhorn field: towards where optimal transport takes each point, less where it goes within its own cloud.
///
///     V(x) = T_{q→p}(x) - T_{q→q'}(x) + w (T_{q→p}(x) - T_{q→u}(x))
///
/// T is the barycentric map of entropic optimal transport (``/OptimalTransport/EntropicTransport``) between equally many masses on both
/// sides. q' is an independent batch of generated points, ``DriftPoints/independent``, so no point needs to be left out; u
/// are the extra negatives, and w = (sum of their weights) / (G - 1), which is alpha - 1 for weights of guidance.
///
/// V is the negative Wasserstein gradient of the Sinkhorn divergence between q and p for the squared cost (arXiv
/// 2605.11755, section 3.3, guidance in equation 16; arXiv 2603.12366). Zero drift implies p = q, also at low temperatures
/// where ``ReleasedField`` loses modes. It needs a second generated batch without gradients and up to 30 sweeps over the
/// pairs for each temperature: use it when the released field drops modes, or at the end, when a step is worth more.
///
/// V flips its sign exactly when p and q' change places, is zero in expectation at p = q for P = G', and is equivariant under
/// translations, rotations and scaling. Weights of generated points do not count. Each temperature's force is normalised to unit mean square over the call.
public struct SinkhornField: DriftField {
    /// What moving a point costs.
    public enum Cost: String, Sendable, Hashable, CaseIterable {
        /// |x - y|, with distances scaled to the mean sqrt(D) and the regularisation ε sqrt(D): -C / ε is the logit of the
        /// released field at the temperature ε.
        case distance
        /// |x - y|² / 2, with distances scaled to the root mean square sqrt(D) and the regularisation ε D.
        case squared
    }

    /// Options.
    public struct Configuration: Sendable, Hashable {
        /// The cost; the distance, like the kernel of the paper.
        public var cost = Cost.distance
        /// Regularisations ε in units that do not depend on scale and dimension.
        ///
        /// The release's temperatures, as the distance divided by ε is then its logit.
        public var temperatures: [Double] = [0.2, 0.05, 0.02]
        /// When Sinkhorn's iterations stop; after 20 of the 10 to 30 that arXiv 2605.11755 and 2603.12366 use, or before.
        ///
        /// At low temperatures that is before they have converged: the maps are then smoother than those of the solution.
        public var transport = EntropicTransport.Configuration(iterations: 20, tolerance: 1e-4)
        /// Smallest mean square that a force is normalised with; the release's 1e-8.
        public var strengthFloor = 1e-8

        /// The defaults.
        public init() {}

        /// Other regularisations, each positive.
        public init(temperatures: [Double]) {
            demand(
                !temperatures.isEmpty && temperatures.allSatisfy { $0 > 0 },
                "temperatures must be positive, and there must be one: \(temperatures)")
            self.temperatures = temperatures
        }
    }

    /// The options in use.
    public var configuration: Configuration

    /// A field with the defaults, or others.
    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// The regularisations.
    public var temperatures: [Double] { configuration.temperatures }

    /// Yes.
    public var needsIndependentPoints: Bool { true }

    /// The same field with larger or smaller regularisation.
    public func widened(by factor: Double) -> SinkhornField {
        var copy = self
        copy.configuration.temperatures = temperatures.map { $0 * factor }
        return copy
    }

    /// The drift of the generated points; see ``SinkhornField``.
    public func drift(of points: DriftPoints) -> Drift {
        demand(points.independent != nil, "the Sinkhorn field needs independent generated points")
        return withoutGradients {
            withoutAutocast(on: points.generated.device) {
                NormalisedForces(
                    points: points, power: configuration.cost == .squared ? 2 : 1,
                    strengthFloor: configuration.strengthFloor
                ).drift(forces)
            }
        }
    }

    private func forces(
        _ block: FieldBlock, _ measure: NormalisedForces.Measure
    ) -> [(force: Tensor, logFactor: Tensor?)] {
        let x = block.generated
        let clouds = block.clouds
        let costs = clouds.map { cost(from: x, to: $0, measure.scale) }
        // The negatives' weights say how strong guidance is; among each other they are equal.
        let weights = [block.positives.weights, block.own.weights, nil]
        return temperatures.map { epsilon in
            let maps = clouds.indices.map { index in
                EntropicTransport(
                    logKernel: costs[index] * (-1 / epsilon), columnWeights: weights[index], configuration.transport
                ).barycentres(of: clouds[index].points)
            }
            let force = maps[0] - maps[1]
            return (block.guidance.map { force + $0 * (maps[0] - maps[2]) } ?? force, nil)
        }
    }

    /// The cost in units of the regularisation at ε = 1, [b, G, N].
    private func cost(from x: Tensor, to cloud: Cloud, _ scale: Tensor) -> Tensor {
        let squares = cloud.squares(from: x)
        switch configuration.cost {
        case .distance: return squares.sqrt() / scale
        case .squared: return squares / scale.square() * 0.5
        }
    }
}
