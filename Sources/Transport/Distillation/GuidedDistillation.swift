public import Generative
public import Torch

/// The first stage of guided distillation: one network learns what guidance makes of two evaluations, the scale as its input.
///
///     loss_b = mean over dimensions of (student(x_t, t, label, w) - teacher's u + w (c - u))²
///
/// Meng et al., arXiv 2210.03142, section 3.1.
public struct GuidedDistillation<
    Student: PredictionModel, Teacher: PredictionModel, Path: AffinePath
>: Objective
where Student.Condition == GuidedCondition, Teacher.Condition == GuidedCondition {
    private let teacher: Teacher
    private let path: Path

    /// An objective with a frozen teacher, whose prediction the student takes over.
    public init(of teacher: Teacher, along path: Path, for student: Student.Type = Student.self) {
        (self.teacher, self.path) = (teacher, path)
    }

    /// True: scales, noise and times are part of the batch.
    public var isDeterministic: Bool { true }

    /// Losses [B].
    public func loss(of student: Student, on batch: GuidedBatch, using source: RandomSource) -> Loss {
        let examples = batch.examples
        let x = path.position(of: examples.data, noise: examples.noise, at: examples.time)
        let target = withoutGradients {
            teacher.predict(x, time: examples.time, given: batch.condition)
        }
        let predicted = student.predict(x, time: examples.time, given: batch.condition)
        return Loss(perExample: (predicted.to(target.dtype) - target).square().flatten(1).mean(1))
    }
}

/// Progressive distillation: a student learns to do in one step what its teacher does in two.
///
/// From x at t the teacher takes two steps of DDIM to t + h, through t + h/2, with h = 1 / N. The data that one step would have
/// to predict for the same end x'' are
///
///     y = (x'' - (σ'' / σ) x) / (α'' - (σ'' / σ) α)
///
/// and the student learns the prediction that they imply at x. Salimans and Ho, arXiv 2202.00512, algorithm 2; with guidance
/// scales as inputs, Meng et al., arXiv 2210.03142, section 3.2. The loss is that of the prediction itself.
public struct ProgressiveDistillation<
    Student: PredictionModel, Teacher: PredictionModel, Path: AffinePath
>: Objective
where Student.Condition == GuidedCondition, Teacher.Condition == GuidedCondition {
    private let teacher: Teacher
    private let path: Path
    private let prediction: Prediction
    /// N, the number of the student's steps.
    public let steps: Int

    /// An objective with a frozen teacher that takes twice as many steps.
    ///
    /// - Parameters:
    ///   - teacher: The teacher of 2 N steps.
    ///   - path: The path from noise to data.
    ///   - prediction: The quantity that both predict.
    ///   - steps: N >= 1.
    ///   - student: The type of the student; inferred where the objective has a type.
    public init(
        of teacher: Teacher, along path: Path, predicting prediction: Prediction, steps: Int,
        for student: Student.Type = Student.self
    ) {
        demand(steps >= 1, "a student takes at least one step, not \(steps)")
        (self.teacher, self.path, self.prediction, self.steps) = (teacher, path, prediction, steps)
    }

    /// True: scales, noise and times are part of the batch.
    public var isDeterministic: Bool { true }

    /// Losses [B]; times of the batch lie at the beginnings of the student's steps, 0, 1/N, ..., (N - 1)/N.
    public func loss(of student: Student, on batch: GuidedBatch, using source: RandomSource) -> Loss {
        let examples = batch.examples
        let x = path.position(of: examples.data, noise: examples.noise, at: examples.time)
        let target = withoutGradients { self.target(at: x, examples.time, batch.condition) }
        let predicted = student.predict(x, time: examples.time, given: batch.condition)
        return Loss(perExample: (predicted.to(target.dtype) - target).square().flatten(1).mean(1))
    }

    /// The prediction that leads from x [B, ...] at times [B] to the end of the teacher's two steps.
    public func target(at x: Tensor, _ time: Tensor, _ condition: GuidedCondition) -> Tensor {
        let half = 0.5 / Double(steps)
        let (middle, end) = (time + half, (time + 2 * half).clamp(...1))
        let between = step(x, from: time, to: middle, condition)
        let last = step(between, from: middle, to: end, condition)
        let (from, to) = (path.coefficients(at: time), path.coefficients(at: end))
        let ratio = to.sigma / from.sigma
        let data =
            (last - x * ratio.alongBatch(of: x).to(x.dtype))
            / (to.alpha - ratio * from.alpha).alongBatch(of: x).to(x.dtype)
        return Prediction.data.convert(data, to: prediction, at: x, time: time, along: path)
    }

    private func step(_ x: Tensor, from time: Tensor, to next: Tensor, _ condition: GuidedCondition)
        -> Tensor
    {
        let predicted = teacher.predict(x, time: time, given: condition)
        func converted(_ wanted: Prediction) -> Tensor {
            prediction.convert(predicted, to: wanted, at: x, time: time, along: path)
        }
        return path.position(of: converted(.data), noise: converted(.noise), at: next)
    }
}
