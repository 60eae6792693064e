public import Torch

/// Sinkhorn's iterations for one problem of equal masses by products of matrices, some ten times as fast as
/// ``EntropicTransport``'s sums of exponentials: for a plan in every step of a training.
///
/// A few iterations multiply rows and columns of the present plan; then the factors go into its logarithm, before they can
/// become too large (Schmitzer, arXiv 1610.06519, section 3.1).
public enum StabilisedScaling {
    /// Iterations between two plans.
    private static let inner = 10

    /// The plan [N, M], float64 on the CPU, whose rows hold 1 / N up to rounding.
    ///
    /// - Parameters:
    ///   - logKernel: -C / ε, [N, M], finite.
    ///   - configuration: When to stop; as in ``EntropicTransport``, at the sum of |column marginal - 1 / M|.
    public static func plan(logKernel: Tensor, _ configuration: EntropicTransport.Configuration) -> Tensor {
        demand(logKernel.rank == 2 && logKernel.count > 0, "a kernel of shape \(logKernel.shape) is no matrix [N, M]")
        let kernel = logKernel.detach().to(.cpu, .float64)
        let (a, b) = (1 / Double(kernel.shape[0]), 1 / Double(kernel.shape[1]))
        // Once with exponentials, so that no row and no column of the first plan is lost.
        var logs = kernel - kernel.logsumexp(0, keepDim: true)
        logs = logs - (logs.logsumexp(1, keepDim: true) - Tensor(a).log())
        var plan = logs.exp()
        for _ in stride(from: 1, to: configuration.iterations, by: inner) {
            guard (plan.sum(0) - b).abs().sum().item() > configuration.tolerance else { break }
            var (rows, columns) = (Tensor.ones([plan.shape[0], 1], dtype: .float64), Tensor([0.0]))
            for _ in 0..<inner {
                columns = b / plan.mT.matmul(rows).clamp(1e-300...)
                rows = a / plan.matmul(columns).clamp(1e-300...)
            }
            logs = logs + rows.log() + columns.mT.log()
            plan = logs.exp()
        }
        return plan
    }
}
