public import Torch

/// Groups of points between which a drifting field acts.
///
/// B groups (classes, or classes and locations of one feature map) do not see each other, except through the statistics
/// that a field shares over the whole call.
public struct DriftPoints: Sendable {
    /// Generated points x [B, G, D]; they are also negatives of each other.
    public var generated: Tensor
    /// Points of the data, which attract, [B, P, D].
    public var positives: Tensor
    /// Extra points that repel, [B, Q, D]: for guidance, real points of any class.
    public var negatives: Tensor?
    /// Generated points of a second, independent draw q', [B, G', D], for fields that compare with it instead of leaving
    /// each point out of its own neighbourhood: ``SinkhornField`` needs it, ``KernelField`` takes it, others ignore it.
    public var independent: Tensor?
    /// Weights of the generated points as targets [B, G]; ones if absent.
    public var generatedWeights: Tensor?
    /// Weights of the positives [B, P]; ones if absent.
    public var positiveWeights: Tensor?
    /// Weights of the extra negatives [B, Q]; ones if absent.
    public var negativeWeights: Tensor?

    /// Collects points; traps if their shapes do not fit together.
    public init(
        generated: Tensor, positives: Tensor, negatives: Tensor? = nil, independent: Tensor? = nil,
        generatedWeights: Tensor? = nil, positiveWeights: Tensor? = nil, negativeWeights: Tensor? = nil
    ) {
        self.generated = generated
        self.positives = positives
        self.negatives = negatives
        self.independent = independent
        self.generatedWeights = generatedWeights
        self.positiveWeights = positiveWeights
        self.negativeWeights = negativeWeights
        checkShapes()
    }

    func checkShapes() {
        let shape = generated.shape
        demand(shape.count == 3, "generated points must be [B, G, D], not \(shape)")
        Self.check(positives, "positives", fits: shape)
        demand(positives.shape[1] > 0, "a group without positives has nowhere to drift to")
        if let negatives { Self.check(negatives, "negatives", fits: shape) }
        if let independent { Self.check(independent, "independent points", fits: shape) }
        Self.check(generatedWeights, "weights of the generated points", shape: Array(shape.prefix(2)))
        Self.check(positiveWeights, "weights of the positives", shape: Array(positives.shape.prefix(2)))
        let negativeShape = negatives?.shape ?? [shape[0], 0, shape[2]]
        Self.check(negativeWeights, "weights of the negatives", shape: Array(negativeShape.prefix(2)))
    }

    private static func check(_ points: Tensor, _ name: String, fits shape: [Int]) {
        let other = points.shape
        demand(
            other.count == 3 && other[0] == shape[0] && other[2] == shape[2],
            "\(name) \(other) do not fit generated points \(shape): groups and dimensions must agree")
    }

    private static func check(_ weights: Tensor?, _ name: String, shape: [Int]) {
        guard let weights else { return }
        demand(weights.shape == shape, "\(name) are \(weights.shape), not \(shape)")
    }
}

/// What a field says about points: where each generated one should move.
public struct Drift: Sendable {
    /// Gradient of the sum of ``value`` with respect to the generated points, [B, G, D]: -2 V / (unit G D).
    ///
    /// The loss of a group is the mean of (x / unit - goal)² with the goal x / unit + V held fixed, so that no automatic
    /// differentiation is needed.
    public var gradient: Tensor
    /// Length of one unit of the displacement: normalised coordinates are coordinates divided by it, a scalar.
    public var unit: Tensor
    /// Mean of V² over points and dimensions of each group, [B]: the value of the loss.
    public var value: Tensor
    /// Mean distance S over the whole call before its floor, a scalar: the scale of the points.
    public var scale: Tensor
    /// Mean square of the force before it was normalised to one, a scalar per temperature in their order: the measure of
    /// equilibrium, which the loss itself does not show.
    public var strengths: [Tensor]

    /// Collects the answer of a field that computes displacements.
    public init(displacement: Tensor, unit: Tensor, value: Tensor, scale: Tensor, strengths: [Tensor]) {
        let slope = unit.reciprocal() * (-2 / Self.countPerGroup(displacement))
        self.init(gradient: displacement * slope, unit: unit, value: value, scale: scale, strengths: strengths)
    }

    /// Collects the answer of a field that computes the gradient itself.
    public init(gradient: Tensor, unit: Tensor, value: Tensor, scale: Tensor, strengths: [Tensor]) {
        self.gradient = gradient
        self.unit = unit
        self.value = value
        self.scale = scale
        self.strengths = strengths
    }

    /// Displacement V of each generated point, in units in which the mean distance is sqrt(D), [B, G, D].
    public var displacement: Tensor { gradient * (unit * (-Self.countPerGroup(gradient) / 2)) }

    private static func countPerGroup(_ points: Tensor) -> Double { Double(points.shape[1] * points.shape[2]) }
}

/// A vector field that moves generated points towards data, and vanishes when their distributions agree.
///
/// Deng et al., arXiv 2602.04770, section 3: training regresses a generator's output onto x + V(x), held fixed.
public protocol DriftField: Sendable {
    /// Temperatures of the kernel, in the order of ``Drift/strengths``.
    var temperatures: [Double] { get }

    /// Whether ``DriftPoints/independent`` must be there: a second batch of generated points.
    var needsIndependentPoints: Bool { get }

    /// The same field with its widths multiplied by a factor: how bandwidths are annealed.
    func widened(by factor: Double) -> Self

    /// The drift of the generated points.
    ///
    /// Nothing is recorded for gradients, and autocast does not apply: the field is computed in float32, or in float64 if
    /// the generated points are float64.
    func drift(of points: DriftPoints) -> Drift
}

extension DriftField {
    /// No second batch.
    public var needsIndependentPoints: Bool { false }

    /// The drifting loss per group [B], whose gradient flows to the generated points only, and what the field said.
    ///
    /// loss_b = mean over points and dimensions of (x / unit - (x / unit + V))², the bracket held fixed (equation 6 of
    /// arXiv 2602.04770).
    public func loss(of points: DriftPoints) -> (perGroup: Tensor, drift: Drift) {
        let drift = drift(of: points)
        let value = points.generated.attachingGradient(drift.gradient, to: drift.value)
        return (value, drift)
    }
}
