internal import CDrift
package import Torch

/// The released drifting field as one operation, for float32 on the CPU: one call of the kernels in `CDrift`.
///
/// ``FusedDriftField`` is what to use; this is the operation underneath. Algorithm, memory and error:
/// `Documentation/fused-field.md`.
package struct FusedDrift {
    /// The result of a call.
    package struct Answer {
        /// Mean square of the drift of each group [B], in units of max(scale / sqrt(D), scale floor).
        package var value: Tensor
        /// Gradient of the sum of ``value`` with respect to the generated points, [B, G, D].
        package var gradient: Tensor
        /// Weighted mean distance of the whole call.
        package var scale: Double
        /// Mean square force per temperature.
        package var strengths: [Double]
    }

    /// The points; independent ones are ignored.
    package var points: DriftPoints
    /// Temperatures and floors; those of the variants are ignored.
    package var configuration: ReleasedField.Configuration
    /// Resources that the call may use.
    package var resources: FusedDriftField.Resources

    /// Describes a call.
    package init(
        _ points: DriftPoints, _ configuration: ReleasedField.Configuration,
        resources: FusedDriftField.Resources = FusedDriftField.Resources()
    ) {
        self.points = points
        self.configuration = configuration
        self.resources = resources
    }

    /// Computes the field; nothing is recorded for gradients.
    ///
    /// Traps, as all operations do, on shapes that do not fit and on constants and resources out of range.
    package func evaluate() -> Answer {
        // The kernels trust the sizes that they are told.
        points.checkShapes()
        let shape = points.generated.shape
        var answer = Answer(
            value: .empty([shape[0]]), gradient: .empty(shape), scale: .nan,
            strengths: [Double](repeating: .nan, count: configuration.temperatures.count))
        withProblem { problem, resources in
            withPoints { points in
                answer.withResults { results in
                    Self.check(cdrift_field(problem, &points, resources, &results))
                }
            }
        }
        return answer
    }

    /// Bytes that ``evaluate()`` takes beyond inputs and results.
    package var workingBytes: Int {
        var bytes: Int64 = 0
        withProblem { Self.check(cdrift_working_bytes($0, $1, &bytes)) }
        return Int(bytes)
    }

    /// 2^x for float32 x <= 0 as the field computes it: what its accuracy rests on, for tests.
    package static func powerOfTwo(_ x: Tensor, instructions: String? = nil) -> Tensor {
        let result = Tensor.empty(x.shape)
        x.withFloats { x in
            result.withUnsafeMutableBytes { bytes in
                let out = bytes.assumingMemoryBound(to: Float.self)
                guard let x = x.baseAddress, let y = out.baseAddress else { return }
                withOptionalCString(instructions) { check(cdrift_exp2(x, Int64(out.count), $0, y)) }
            }
        }
        return result
    }

    private static func check(_ status: Int32) {
        guard Int(status) != CDRIFT_OK else { return }
        let code: TorchError.Code = Int(status) == CDRIFT_OUT_OF_MEMORY ? .outOfMemory : .operationFailed
        reportFailure(code, "Drifting: the fused field: \(String(cString: cdrift_last_error())).")
    }
}

// MARK: - Arguments in the form that C takes

extension FusedDrift {
    private func withProblem(_ body: (UnsafePointer<cdrift_problem>, UnsafePointer<cdrift_resources>) -> Void) {
        let shape = points.generated.shape
        configuration.temperatures.withUnsafeBufferPointer { temperatures in
            guard let first = temperatures.baseAddress else {
                return reportFailure(.operationFailed, "Drifting: the fused field needs at least one temperature.")
            }
            var problem = cdrift_problem(
                groups: Int64(shape[0]), generated: Int64(shape[1]), negatives: Int64(points.negatives?.shape[1] ?? 0),
                positives: Int64(points.positives.shape[1]), features: Int64(shape[2]), temperatures: first,
                temperature_count: Int64(temperatures.count), constants: configuration.constants)
            withOptionalCString(resources.instructions) { name in
                var resources = cdrift_resources(
                    pool: Machine.pool, threads: Int64(resources.threads ?? Machine.threads),
                    memory: Int64(resources.memory ?? 0), instructions: name)
                body(&problem, &resources)
            }
        }
    }

    private func withPoints(_ body: (inout cdrift_points) -> Void) {
        withFloats(points.generated) { x in
            withFloats(points.positives) { y in
                withFloats(points.negatives) { z in
                    withFloats(points.generatedWeights) { wx in
                        withFloats(points.positiveWeights) { wy in
                            withFloats(points.negativeWeights) { wz in
                                guard let x, let y else { return }
                                var points = cdrift_points(
                                    generated: x, negatives: z, positives: y, generated_weights: wx,
                                    negative_weights: wz, positive_weights: wy)
                                body(&points)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension FusedDrift.Answer {
    fileprivate mutating func withResults(_ body: (inout cdrift_results) -> Void) {
        value.withUnsafeMutableBytes { value in
            gradient.withUnsafeMutableBytes { gradient in
                strengths.withUnsafeMutableBufferPointer { strengths in
                    guard let loss = value.assumingMemoryBound(to: Float.self).baseAddress,
                        let slopes = gradient.assumingMemoryBound(to: Float.self).baseAddress,
                        let forces = strengths.baseAddress
                    else { return }
                    withUnsafeMutablePointer(to: &scale) { scale in
                        var results = cdrift_results(loss: loss, gradient: slopes, scale: scale, forces: forces)
                        body(&results)
                    }
                }
            }
        }
    }
}

extension ReleasedField.Configuration {
    fileprivate var constants: cdrift_constants {
        cdrift_constants(
            affinity_floor: Float(affinityFloor), distance_floor: Float(squaredDistanceFloor),
            scale_floor: Float(scaleFloor), self_mask: Float(selfDistance), force_floor: Float(strengthFloor))
    }
}

/// Elements in float32 on the CPU; null for an absent tensor.
private func withFloats(_ tensor: Tensor?, _ body: (UnsafePointer<Float>?) -> Void) {
    guard let tensor else { return body(nil) }
    tensor.withFloats { body($0.baseAddress) }
}

private func withOptionalCString(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Void) {
    guard let text else { return body(nil) }
    text.withCString(body)
}
