public import Torch

/// An explicit Runge-Kutta method: a Butcher tableau with its declared order.
///
///     k_i = v(x + h Σ_{j<i} a_ij k_j, t + c_i h),    x(t + h) ≈ x + h Σ_i b_i k_i
///
/// Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I", second edition, section II.1. With a second
/// row of weights that belongs to a method of another order, h Σ (b_i - b̂_i) k_i estimates the error (section II.4).
///
/// The order is measured in the tests: halving the step divides the error by 2 to the power of ``order``.
public struct Tableau: Sendable, Hashable, CustomStringConvertible {
    /// The method's name.
    public let name: String
    /// p, where the error over a fixed time is O(h^p).
    public let order: Int
    /// Times of the stages, in steps: c.
    public let nodes: [Double]
    /// Weights of earlier stages in each stage: row i of a has i numbers.
    public let couplings: [[Double]]
    /// The weight of each stage in the result: b.
    public let weights: [Double]
    /// The second row of weights b̂ and its order, for methods that estimate their error.
    public let embedded: Embedded?

    /// A second method on the same stages.
    public struct Embedded: Sendable, Hashable {
        /// Its order, other than that of the method itself.
        public let order: Int
        /// Its weights: b̂.
        public let weights: [Double]

        /// A second row of weights.
        public init(order: Int, weights: [Double]) {
            self.order = order
            self.weights = weights
        }
    }

    /// A method.
    ///
    /// - Parameters:
    ///   - name: Name in reports.
    ///   - order: Its order, at least 1.
    ///   - couplings: Rows of a; the first is empty. The nodes c are their sums.
    ///   - weights: b, which sum to 1.
    ///   - embedded: The second row of weights, if any.
    public init(name: String, order: Int, couplings: [[Double]], weights: [Double], embedded: Embedded? = nil) {
        demand(order >= 1, "the order of a method is at least 1")
        demand(couplings.map(\.count) == Array(0..<weights.count), "\(name) is not an explicit method")
        demand(Swift.abs(weights.reduce(0, +) - 1) < 1e-12, "the weights of \(name) do not sum to 1")
        demand(embedded.map { $0.weights.count == weights.count } ?? true, "\(name) has rows of unequal length")
        self.name = name
        self.order = order
        // Rounding must not put a stage past the end of its step.
        self.nodes = couplings.map { $0.reduce(0, +) }.map { Swift.abs($0 - 1) < 1e-12 ? 1 : $0 }
        self.couplings = couplings
        self.weights = weights
        self.embedded = embedded
    }

    /// The name.
    public var description: String { name }

    /// Evaluations per step, before any reuse.
    public var stages: Int { weights.count }

    /// True if the last stage of a step is the first of the next one ("first same as last").
    public var reusesLastStage: Bool {
        stages > 1 && weights.last == 0 && couplings.last.map { $0 == Array(weights.dropLast()) } == true
    }

    /// Evaluations that `steps` steps in a row take.
    public func evaluations(steps: Int) -> Int {
        reusesLastStage ? steps * (stages - 1) + min(steps, 1) : steps * stages
    }
}

extension Tableau {
    /// A right-hand side: the slopes, shaped like the positions [B, ...], at the times [B].
    public typealias Slope = (_ x: Tensor, _ time: Tensor) -> Tensor

    /// The result of one step.
    public struct Step {
        /// Positions after the step [B, ...].
        public let end: Tensor
        /// Slopes of all stages, each shaped like the positions.
        public let slopes: [Tensor]
    }

    /// One step for each example, with its own time and length.
    ///
    /// - Parameters:
    ///   - x: Positions [B, ...].
    ///   - time: Times of the positions [B].
    ///   - length: Lengths h of the steps [B]; negative ones go back in time.
    ///   - first: The slope at `x`, where it is known already.
    ///   - slope: The right-hand side.
    /// - Returns: The positions after the step, and the slopes of the stages.
    public func step(
        from x: Tensor, at time: Tensor, by length: Tensor, first: Tensor? = nil, along slope: Slope
    ) -> Step {
        let h = length.factor(of: x)
        return stepped(from: x, first: first) {
            $0 * h
        } along: {
            slope($0, time + length * nodes[$1])
        }
    }

    /// One step, whatever the times of its stages are made of.
    ///
    /// Multiplications and additions are operations of their own: a fused one rounds differently at the ends of vectors, and
    /// a sample would depend on its place in the batch.
    ///
    /// - Parameters:
    ///   - x: Positions [B, ...].
    ///   - first: The slope at `x`, where it is known already.
    ///   - scaled: The product of slopes with the length of the step.
    ///   - slope: The right-hand side at the time of a stage.
    func stepped(
        from x: Tensor, first: Tensor?, _ scaled: (Tensor) -> Tensor, along slope: (Tensor, _ stage: Int) -> Tensor
    ) -> Step {
        var slopes = [first ?? slope(x, 0)]
        for stage in 1..<max(stages, 1) {
            let position = Self.combination(couplings[stage], slopes).map { x + scaled($0) } ?? x
            slopes.append(slope(position, stage))
        }
        let end = Self.combination(weights, slopes).map { x + scaled($0) } ?? x
        return Step(end: end, slopes: slopes)
    }

    /// The estimate h Σ (b_i - b̂_i) k_i of a step's error, shaped like the positions; nil without a second method.
    ///
    /// - Parameters:
    ///   - step: A step of this method.
    ///   - length: Its lengths h [B].
    public func error(of step: Step, by length: Tensor) -> Tensor? {
        guard let embedded else { return nil }
        let h = length.factor(of: step.end)
        return Self.combination(zip(weights, embedded.weights).map { $0 - $1 }, step.slopes).map { h * $0 }
    }

    /// Σ weights_i slopes_i without the terms that are zero; nil if all are.
    private static func combination(_ weights: [Double], _ slopes: [Tensor]) -> Tensor? {
        zip(weights, slopes).reduce(nil as Tensor?) { sum, term in
            let (weight, slope) = term
            if weight == 0 { return sum }
            guard let sum else { return weight == 1 ? slope : slope * weight }
            return sum + slope * weight
        }
    }
}

extension Tensor {
    /// One number for each example of this batch [B, ...]: [B], at least in single precision, as times have to be.
    func perExample(_ number: Double) -> Tensor {
        .full([shape[0]], number, dtype: dtype == .float64 ? .float64 : .float32, device: device)
    }
}
