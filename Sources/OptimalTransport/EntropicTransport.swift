public import Torch

/// Entropic optimal transport between two weighted point sets, by Sinkhorn's iterations in the log domain.
///
///     π = argmin <π, C> + ε KL(π | a ⊗ b)  with marginals a and b,  log π_ij = u_i + v_j - C_ij / ε
///     v <- log b - logsumexp_i(u - C / ε),  u <- log a - logsumexp_j(v - C / ε)
///
/// (Cuturi, arXiv 1306.0895; log domain: Peyré and Cuturi, arXiv 1803.00567, section 4.4). The rows are updated last, so
/// their marginal holds exactly whenever the iterations end; ``marginalError`` says how far the columns' is off. A group that
/// has converged stays as it is, so that the result does not depend on what else is in the batch. ``Sinkhorn`` solves one
/// problem by these iterations, and says its potentials and costs.
public struct EntropicTransport {
    /// When to stop.
    public struct Configuration: Sendable, Hashable {
        /// Most iterations; 10 000, which only hard problems reach.
        ///
        /// The smaller ε is against the costs, the more are needed: for 40 and 50 points with costs near 3, a tolerance of
        /// 1e-4 takes 30 iterations at ε = 1, and 600 at ε = 0.05, where the cost after 20 is off by a half.
        public var iterations = 10_000
        /// The sum of |column marginal - b| below which a group has converged; 1e-4 (arXiv 2605.11755).
        ///
        /// The cost is then off by about as large a part.
        public var tolerance = 1e-4

        /// The defaults.
        public init() {}

        /// Others.
        public init(iterations: Int, tolerance: Double) {
            demand(iterations >= 1 && tolerance >= 0, "at least one iteration, and a tolerance of at least 0")
            self.iterations = iterations
            self.tolerance = tolerance
        }
    }

    /// The plan π [B, N, M].
    public let plan: Tensor
    /// Iterations that the slowest group took.
    public let iterations: Int
    /// Logarithms of the scalings of rows and columns, u [B, N] and v [B, M]: log π = u + v - C / ε.
    public let scalings: (rows: Tensor, columns: Tensor)
    /// The wanted marginal of the columns, b / sum(b), [B, 1, M].
    private let columnMarginal: Tensor
    private let tolerance: Double

    /// Solves one problem per group.
    ///
    /// - Parameters:
    ///   - logKernel: -C / ε, [B, N, M].
    ///   - rowWeights: a [B, N], divided by their sum; uniform if nil.
    ///   - columnWeights: b [B, M], divided by their sum; uniform if nil.
    ///   - configuration: When to stop.
    public init(
        logKernel: Tensor, rowWeights: Tensor? = nil, columnWeights: Tensor? = nil,
        _ configuration: Configuration = Configuration()
    ) {
        let (logA, logB) = (
            Self.logMarginal(rowWeights, logKernel, 1).unsqueeze(2),
            Self.logMarginal(columnWeights, logKernel, 2).unsqueeze(1)
        )
        let b = logB.exp()
        var (u, v) = (logA.zerosLike(), logB.zerosLike())
        var isDone: Tensor?
        var count = 0
        for iteration in 0..<configuration.iterations {
            let newV = logB - (logKernel + u).logsumexp(1, keepDim: true)
            if iteration > 0 {
                // The columns' sums before this update are b exp(v - newV).
                let error = (b * ((v - newV).exp() - 1).abs()).sum(2, keepDim: true)
                let now = error .< configuration.tolerance
                let done = isDone.map { $0 .| now } ?? now
                isDone = done
                if done.all().intItem() == 1 { break }
            }
            v = isDone.map { v.where($0, else: newV) } ?? newV
            let newU = logA - (logKernel + v).logsumexp(2, keepDim: true)
            u = isDone.map { u.where($0, else: newU) } ?? newU
            count += 1
        }
        plan = (logKernel + u + v).exp()
        scalings = (u.squeeze(2), v.squeeze(1))
        iterations = count
        columnMarginal = b
        tolerance = configuration.tolerance
    }

    /// The sum of |column marginal - b| of each group's plan, [B]: 0 for a solution, at most 2.
    public var marginalError: Tensor { (plan.sum(1, keepDim: true) - columnMarginal).abs().sum([1, 2]) }

    /// Whether the error of each group is within the tolerance, so that more iterations would change little.
    public var hasConverged: Bool { (marginalError .<= tolerance).all().intItem() == 1 }

    /// The mean of the targets to which each row's mass goes, [B, N, D].
    ///
    /// - Parameter targets: [B, M, D].
    public func barycentres(of targets: Tensor) -> Tensor { plan.bmm(targets) / plan.sum(2, keepDim: true) }

    /// Logarithms of a marginal [B, size]; a weight of 0 counts as next to nothing, so that no infinities meet.
    private static func logMarginal(_ weights: Tensor?, _ logKernel: Tensor, _ dimension: Int) -> Tensor {
        let shape = [logKernel.shape[0], logKernel.shape[dimension]]
        let weights = weights?.to(logKernel.dtype) ?? .ones(shape, dtype: logKernel.dtype, device: logKernel.device)
        demand(weights.shape == shape, "weights are \(weights.shape), not \(shape)")
        return logarithms(of: weights / weights.sum(1, keepDim: true))
    }

    /// Logarithms of shares, those of 0 being those of next to nothing.
    static func logarithms(of shares: Tensor) -> Tensor { shares.clamp(1e-30...).log() }
}
