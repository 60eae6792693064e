internal import CTorch

/// Operations over whole lists of tensors: one call per training step instead of one per parameter.
///
/// All work in place and outside of any gradient graph.
public enum ListOperations {
    /// Constants of an AdamW step.
    public struct AdamW: Sendable, Hashable {
        /// Step length.
        public var learningRate: Double
        /// Decay of the first moment.
        public var beta1: Double
        /// Decay of the second moment.
        public var beta2: Double
        /// Decoupled weight decay.
        public var weightDecay: Double
        /// Added to the root of the second moment.
        public var epsilon: Double

        /// All constants.
        public init(learningRate: Double, beta1: Double, beta2: Double, weightDecay: Double, epsilon: Double) {
            self.learningRate = learningRate
            self.beta1 = beta1
            self.beta2 = beta2
            self.weightDecay = weightDecay
            self.epsilon = epsilon
        }
    }

    /// One fused AdamW step; without weight decay it is Adam's.
    ///
    /// - Parameters:
    ///   - parameters: Updated.
    ///   - gradients: One per parameter, same shape and dtype.
    ///   - first: First moments, updated.
    ///   - second: Second moments, updated.
    ///   - steps: Number of steps done so far, float32 scalars, one per parameter; incremented first.
    ///   - how: The constants.
    public static func adamWStep(
        parameters: [Tensor], gradients: [Tensor], first: [Tensor], second: [Tensor], steps: [Tensor], how: AdamW
    ) {
        let constants = ctorch_adamw(
            learning_rate: how.learningRate, beta1: how.beta1, beta2: how.beta2, weight_decay: how.weightDecay,
            epsilon: how.epsilon)
        withHandles(parameters) { p, count in
            withHandles(gradients) { g, _ in
                withHandles(first) { m, _ in
                    withHandles(second) { v, _ in
                        withHandles(steps) { s, _ in
                            _ = succeeded(ctorch_adamw_step(p, g, m, v, s, count, constants))
                        }
                    }
                }
            }
        }
    }

    /// One fused step of gradient descent with momentum.
    ///
    /// - Parameters:
    ///   - parameters: Updated.
    ///   - gradients: One per parameter.
    ///   - momenta: Buffers, updated; empty without momentum.
    ///   - learningRate: Step length.
    ///   - momentum: Decay of the buffers.
    ///   - weightDecay: Added to the gradient, times the parameter.
    ///   - nesterov: Whether the gradient is looked up ahead.
    ///   - isFirstStep: Whether the buffers are still to be filled.
    public static func sgdStep(
        parameters: [Tensor], gradients: [Tensor], momenta: [Tensor], learningRate: Double, momentum: Double,
        weightDecay: Double, nesterov: Bool, isFirstStep: Bool
    ) {
        withHandles(parameters) { p, count in
            withHandles(gradients) { g, _ in
                withHandles(momenta) { m, momentumCount in
                    _ = succeeded(
                        ctorch_sgd_step(
                            p, g, momentumCount == 0 ? nil : m, count, learningRate, momentum, weightDecay, nesterov,
                            isFirstStep))
                }
            }
        }
    }

    /// averages += `weight` (targets - averages).
    public static func lerp(_ averages: [Tensor], towards targets: [Tensor], _ weight: Double) {
        withHandles(averages) { a, count in
            withHandles(targets) { t, _ in _ = succeeded(ctorch_lerp_list(a, t, count, weight)) }
        }
    }

    /// Square root of the sum of squares of all elements of all tensors, as a scalar tensor.
    public static func globalNorm(_ tensors: [Tensor]) -> Tensor {
        withHandles(tensors) { list, count in result { ctorch_global_norm(list, count, $0) } }
    }

    /// Multiplies all elements by a scalar tensor.
    public static func scale(_ tensors: [Tensor], by factor: Tensor) {
        withHandles(tensors) { list, count in
            factor.withHandle { _ = succeeded(ctorch_scale_list(list, count, $0)) }
        }
    }
}
