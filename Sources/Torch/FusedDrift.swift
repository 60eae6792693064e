internal import CTorch

/// The released drifting field as one operation, for float32 on the CPU.
///
/// A description of a call: points, weights and constants of the formula. The method and its numbers are those of
/// `ReleasedField` in the module `Drifting`, which is what to use; this is the operation underneath. Algorithm, memory
/// and error: `Documentation/fused-field.md`.
public struct FusedDrift: Sendable {
    /// Constants of the field.
    public struct Constants: Sendable, Hashable {
        /// Widths of the kernel in units of the mean distance.
        public var temperatures: [Double]
        /// Smallest product of the two softmaxes, before the root.
        public var affinityFloor: Double
        /// Smallest squared distance.
        public var squaredDistanceFloor: Double
        /// Smallest scale, both as a mean distance and as a unit of length.
        public var scaleFloor: Double
        /// Added to the normalised distance between a point and itself.
        public var selfDistance: Double
        /// Smallest mean square that a force is normalised with.
        public var strengthFloor: Double

        /// All constants.
        public init(
            temperatures: [Double], affinityFloor: Double, squaredDistanceFloor: Double, scaleFloor: Double,
            selfDistance: Double, strengthFloor: Double
        ) {
            self.temperatures = temperatures
            self.affinityFloor = affinityFloor
            self.squaredDistanceFloor = squaredDistanceFloor
            self.scaleFloor = scaleFloor
            self.selfDistance = selfDistance
            self.strengthFloor = strengthFloor
        }
    }

    /// What a call may use of the machine.
    public struct Resources: Sendable, Hashable {
        /// Threads; ``Machine/threads`` if absent.
        public var threads: Int?
        /// Bytes beyond inputs and results; 64 MB if absent.
        public var memory: Int?
        /// One of ``FusedDrift/instructionSets``; the best if absent.
        public var instructions: String?

        /// All that is absent has its default.
        public init(threads: Int? = nil, memory: Int? = nil, instructions: String? = nil) {
            self.threads = threads
            self.memory = memory
            self.instructions = instructions
        }
    }

    /// The result of a call.
    public struct Answer: Sendable {
        /// Mean square of the drift of each group [B], in units of max(scale / sqrt(D), scale floor).
        public var value: Tensor
        /// Gradient of the sum of ``value`` with respect to the generated points, [B, G, D].
        public var gradient: Tensor
        /// Weighted mean distance of the whole call.
        public var scale: Double
        /// Mean square force per temperature.
        public var strengths: [Double]
    }

    /// Generated points [B, G, D].
    public var generated: Tensor
    /// Points that attract [B, P, D].
    public var positives: Tensor
    /// Extra points that repel [B, Q, D].
    public var negatives: Tensor?
    /// Weights [B, G] of the generated points as targets; ones if absent.
    public var generatedWeights: Tensor?
    /// Weights [B, P] of the positives; ones if absent.
    public var positiveWeights: Tensor?
    /// Weights [B, Q] of the extra negatives; ones if absent.
    public var negativeWeights: Tensor?
    /// Constants of the field.
    public var constants: Constants
    /// What the call may use.
    public var resources = Resources()

    /// Describes a call without extra negatives and weights.
    public init(generated: Tensor, positives: Tensor, constants: Constants) {
        self.generated = generated
        self.positives = positives
        self.constants = constants
    }

    /// Computes the field; nothing is recorded for gradients.
    ///
    /// Traps, as all operations do, on shapes that do not fit, on points that are not float32 on the CPU, and on constants
    /// out of range.
    public func evaluate() -> Answer {
        var scale = Double.nan
        var strengths = [Double](repeating: .nan, count: constants.temperatures.count)
        let (value, gradient) = results { value, gradient in
            withInputs { ctorch_drift_field($0, value, gradient, &scale, &strengths) }
        }
        return Answer(value: value, gradient: gradient, scale: scale, strengths: strengths)
    }

    /// Bytes that ``evaluate()`` takes beyond inputs and results.
    public var workingBytes: Int {
        var bytes: Int64 = 0
        _ = succeeded(withInputs { ctorch_drift_bytes($0, &bytes) })
        return Int(bytes)
    }

    /// The instruction sets of this processor that the field is compiled for, the best first.
    public static var instructionSets: [String] {
        sequence(first: Int32(0)) { $0 + 1 }
            .lazy.map { ctorch_drift_instructions($0) }
            .prefix { $0 != nil }
            .compactMap { $0.map { String(cString: $0) } }
    }

    /// 2^x for float32 x <= 0 as the field computes it: what its accuracy rests on, for tests.
    public static func powerOfTwo(_ x: Tensor, instructions: String? = nil) -> Tensor {
        x.withHandle { x in
            withOptionalCString(instructions) { name in result { ctorch_drift_exp2(x, name, $0) } }
        }
    }

    private func withInputs<Result>(_ body: (ctorch_drift_inputs) -> Result) -> Result {
        withHandles(generated, positives) { x, p in
            withHandle(of: negatives) { n in
                withHandle(of: generatedWeights) { wx in
                    withHandle(of: negativeWeights) { wn in
                        withHandle(of: positiveWeights) { wp in
                            withConstants { temperatures, count, options, resources in
                                body(
                                    ctorch_drift_inputs(
                                        generated: x, negatives: n, positives: p, generated_weights: wx,
                                        negative_weights: wn, positive_weights: wp, temperatures: temperatures,
                                        temperature_count: count, options: options, resources: resources))
                            }
                        }
                    }
                }
            }
        }
    }

    private func withConstants<Result>(
        _ body: (UnsafePointer<Double>, Int64, ctorch_drift_options, ctorch_drift_resources) -> Result
    ) -> Result {
        let options = ctorch_drift_options(
            affinity_floor: Float(constants.affinityFloor), distance_floor: Float(constants.squaredDistanceFloor),
            scale_floor: Float(constants.scaleFloor), self_mask: Float(constants.selfDistance),
            force_floor: Float(constants.strengthFloor))
        return withOptionalCString(resources.instructions) { name in
            body(
                constants.temperatures, Int64(constants.temperatures.count), options,
                ctorch_drift_resources(
                    threads: Int64(resources.threads ?? 0), memory: Int64(resources.memory ?? 0), instructions: name))
        }
    }
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString(body)
}
