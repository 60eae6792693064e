internal import Torch

/// ``ReleasedField`` as one fused operation, for training.
///
/// Points in float32 or shorter on the CPU go through an operation of our own: three sweeps over the groups, at most 64 MB
/// beyond inputs and results, five to ten times as fast as the composition (`Documentation/fused-field.md`). It agrees
/// with the composition in float64 to about 1e-5 of the largest displacement at the released temperatures; its distances
/// are more exact than those of the composition in float32. Other devices, float64 and the variants of the field take the
/// composition in blocks of bounded memory.
public struct FusedDriftField: DriftField {
    /// Resources of the machine that a call may use.
    public struct Resources: Sendable, Hashable {
        /// Threads; ``/Torch/Machine/threads`` if absent.
        public var threads: Int?
        /// Bytes beyond inputs and results; 64 MB if absent.
        public var memory: Int?
        /// One of ``/Torch/Machine/instructionSets``; the best if absent.
        public var instructions: String?

        /// All that is absent has its default.
        public init(threads: Int? = nil, memory: Int? = nil, instructions: String? = nil) {
            self.threads = threads
            self.memory = memory
            self.instructions = instructions
        }
    }

    /// The numbers in use.
    public var configuration: ReleasedField.Configuration
    /// Resources of the machine that the fused operation may use.
    public var resources = Resources()
    /// Elements of the largest tensor of a block where the field is composed.
    package var blockElements = 1 << 21

    /// A field with the release's numbers, or others.
    public init(_ configuration: ReleasedField.Configuration = ReleasedField.Configuration()) {
        self.configuration = configuration
    }

    /// Widths of the kernel.
    public var temperatures: [Double] { configuration.temperatures }

    /// The same field with wider or narrower kernels.
    public func widened(by factor: Double) -> FusedDriftField {
        var copy = self
        copy.configuration = configuration.widened(by: factor)
        return copy
    }

    /// The drift of the generated points; see ``ReleasedField``.
    public func drift(of points: DriftPoints) -> Drift {
        let isFusible =
            configuration.isFusible && points.generated.device == .cpu && points.generated.dtype != .float64
        return withoutGradients {
            isFusible ? fused(points) : BlockwiseField(configuration, elementLimit: blockElements).drift(of: points)
        }
    }

    private func fused(_ points: DriftPoints) -> Drift {
        let answer = FusedDrift(points, configuration, resources: resources).evaluate()
        let dimensions = Double(points.generated.shape[2])
        let unit = max(answer.scale / dimensions.squareRoot(), configuration.scaleFloor)
        return Drift(
            gradient: answer.gradient, unit: Tensor(Float(unit)), value: answer.value,
            scale: Tensor(Float(answer.scale)), strengths: answer.strengths.map { Tensor(Float($0)) })
    }
}
