internal import CTorch

/// What follows a normalisation within the same operation.
public enum FusedActivation: Int32, Sendable, Hashable {
    /// Nothing.
    case identity = 0
    /// max(x, 0).
    case relu = 1
    /// x / (1 + exp(-x)).
    case silu = 2
}

extension Tensor {
    /// Normalises groups of channels of [B, C, ...] to mean 0 and variance 1, and does what usually follows.
    ///
    ///     y = activation(weight (x - mean) / sqrt(variance + epsilon) + bias + addend)
    ///
    /// One operation, forward and backward, for float32 and bfloat16 [B, C, H, W] on the CPU in
    /// ``MemoryFormat/channelsLast``: an example is read from memory once. Elsewhere it is composed of the library's.
    /// Mean and variance are float32 whatever the type of x, and so are the fused operation's sums.
    ///
    /// - Parameters:
    ///   - groups: Number of groups, a divisor of C.
    ///   - weight: Factors of the channels, [C], or [B, C] for each example its own (adaptive normalisation); 1 if absent.
    ///   - bias: Shifts of the channels, [C] or [B, C]; 0 if absent.
    ///   - epsilon: Added to the variance.
    ///   - addend: Added before the activation, of the shape of x: the other way around a residual block.
    ///   - activation: What follows.
    public func groupNorm(
        _ groups: Int, _ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Double = 1e-5,
        adding addend: Tensor? = nil,
        then activation: FusedActivation = .identity
    ) -> Tensor {
        groupNorm(groups, weight, bias, epsilon: epsilon, adding: addend, then: activation, instructionSet: nil)
    }

    /// The same with the fused loops of one instruction set, for tests: see ``Machine/instructionSets``.
    package func groupNorm(
        _ groups: Int, _ weight: Tensor?, _ bias: Tensor?, epsilon: Double, adding addend: Tensor?,
        then activation: FusedActivation, instructionSet: String?
    ) -> Tensor {
        withHandle { x in
            CTorchSupport.optional(weight, bias) { w, b in
                CTorchSupport.optional(addend) { added in
                    withOptionalCString(instructionSet) { name in
                        let how = ctorch_group_norm_options(
                            groups: Int64(groups), epsilon: epsilon, activation: activation.rawValue, instructions: name
                        )
                        return result { ctorch_group_norm(x, w, b, added, how, $0) }
                    }
                }
            }
        }
    }

    /// Normalises over the last dimensions, whose sizes are `shape`.
    public func layerNorm(
        _ shape: [Int], _ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Double = 1e-5
    ) -> Tensor {
        withHandle { x in
            CTorchSupport.optional(weight, bias) { w, b in
                CTorchSupport.list(shape) { s, n in result { ctorch_layer_norm(x, s, n, w, b, epsilon, $0) } }
            }
        }
    }

    /// Divides by the root of the mean square over the last dimensions, whose sizes are `shape`.
    public func rmsNorm(_ shape: [Int], _ weight: Tensor? = nil, epsilon: Double = 1e-6) -> Tensor {
        withHandle { x in
            CTorchSupport.optional(weight) { w in
                CTorchSupport.list(shape) { s, n in result { ctorch_rms_norm(x, s, n, w, epsilon, $0) } }
            }
        }
    }

    /// Normalises channels with the given running statistics [C]; for inference.
    public func batchNorm(
        mean: Tensor, variance: Tensor, _ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Double = 1e-5
    ) -> Tensor {
        withHandles(self, mean, variance) { x, m, v in
            CTorchSupport.optional(weight, bias) { w, b in result { ctorch_batch_norm(x, w, b, m, v, epsilon, $0) } }
        }
    }
}

private func withOptionalCString<R>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}
