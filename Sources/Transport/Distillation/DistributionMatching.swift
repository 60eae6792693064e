public import Generative
public import Torch

/// A one-step student and the network that is trained along with it on the student's samples.
public struct StudentAndCritic<Model: PredictionModel> {
    /// The student: its estimate of the data at pure noise is the sample.
    public let student: Model
    /// The model of the student's own samples.
    public let critic: Model

    /// Two networks of one kind.
    public init(student: Model, critic: Model) { (self.student, self.critic) = (student, critic) }
}

/// Examples of a step of ``DistributionMatching``.
public struct MatchingBatch: Sendable {
    /// Noise of the student's samples, their classes, and noise and times at which they are judged; `data` is a batch of real
    /// examples of these classes.
    public var examples: LabelledBatch
    /// Start of the student's samples [B, ...].
    public var start: Tensor
    /// Start of stored trajectories of the teacher [P, ...]; P may be 0.
    public var pairStart: Tensor
    /// Their ends.
    public var pairEnd: Tensor
    /// Their classes [P].
    public var pairLabels: Tensor

    /// A batch.
    public init(
        _ examples: LabelledBatch, start: Tensor, pairStart: Tensor, pairEnd: Tensor, pairLabels: Tensor
    ) {
        demand(
            start.shape == examples.data.shape,
            "starts \(start.shape) for examples \(examples.data.shape)")
        demand(
            pairStart.shape == pairEnd.shape && pairLabels.shape == [pairStart.shape[0]],
            "pairs of \(pairStart.shape), \(pairEnd.shape) and \(pairLabels.shape) do not fit each other")
        (self.examples, self.start) = (examples, start)
        (self.pairStart, self.pairEnd, self.pairLabels) = (pairStart, pairEnd, pairLabels)
    }
}

/// Weights of the terms of ``DistributionMatching`` beside the difference of scores.
public struct MatchingWeights: Sendable, Hashable {
    /// Of the regression onto stored pairs; 0.25 as in the paper.
    public var regression = 0.25
    /// Of |f(y) - y|² on real data, for idempotent students; 0 by default.
    public var reconstruction = 0.0
    /// Of |f(f(e)) - f(e)|², for idempotent students; 0 by default.
    public var idempotence = 0.0

    /// Those of distribution matching distillation.
    public init() {}
}

/// Distribution matching distillation: a one-step student descends on the difference of two scores.
///
/// With x = student(e), x_t = α x + σ ε, the gradient with respect to x is
///
///     (μ_critic(x_t) - μ_teacher(x_t)) / mean |x - μ_teacher(x_t)|
///
/// with the estimates μ of the data, whose difference is that of the scores times σ² / α: a step against it leads from where
/// the student's samples are too dense to where the teacher's are. The critic is trained on the student's samples by denoising, and a term of
/// regression ties stored starts to the ends of the teacher's trajectories, which keeps modes. Yin et al., arXiv 2311.18828,
/// equations 7, 8 and 9.
///
/// Student and critic are updated in the same step: each term stops the gradients that belong to the other network.
public struct DistributionMatching<
    Net: PredictionModel, Teacher: PredictionModel, Path: AffinePath
>: Objective
where Net.Condition == Tensor, Teacher.Condition == Tensor {
    private let teacher: Teacher
    private let path: Path
    private let prediction: Prediction
    private let weights: MatchingWeights

    /// An objective with a frozen teacher.
    ///
    /// - Parameters:
    ///   - teacher: The teacher.
    ///   - path: The path from noise to data.
    ///   - prediction: The quantity that teacher, student and critic predict.
    ///   - weights: Weights of further terms.
    ///   - network: The type of student and critic; inferred where the objective has a type.
    public init(
        of teacher: Teacher, along path: Path, predicting prediction: Prediction,
        weights: MatchingWeights = .init(),
        for network: Net.Type = Net.self
    ) {
        (self.teacher, self.path, self.prediction, self.weights) = (teacher, path, prediction, weights)
    }

    /// True: all noise is part of the batch.
    public var isDeterministic: Bool { true }

    /// Samples of a student: its estimate of the data at t = 0, one evaluation.
    public func samples(of student: Net, from start: Tensor, given labels: Tensor) -> Tensor {
        data(of: student, at: start, start.zerosLike().flatten(1).sum(1), labels)
    }

    /// Losses [B], with their terms.
    public func loss(
        of model: StudentAndCritic<Net>, on batch: MatchingBatch, using source: RandomSource
    ) -> Loss {
        let labels = batch.examples.labels
        let drawn = samples(of: model.student, from: batch.start, given: labels)
        var terms = [
            matching(drawn, model.critic, batch.examples),
            critic(drawn.detach(), model.critic, batch.examples),
        ]
        if weights.regression > 0, batch.pairStart.shape[0] > 0 {
            terms.append(regression(model.student, batch))
        }
        if weights.reconstruction > 0 {
            let kept = samples(of: model.student, from: batch.examples.data, given: labels)
            terms.append(distance("reconstruction", weights.reconstruction, kept, batch.examples.data))
        }
        if weights.idempotence > 0 {
            let again = samples(of: model.student, from: drawn.detach(), given: labels)
            terms.append(distance("idempotence", weights.idempotence, again, drawn.detach()))
        }
        var metrics = NamedTensors()
        for term in terms { metrics["loss_\(term.name)"] = term.perExample.detach() }
        return Loss(sumOf: terms, metrics: metrics)
    }

    private func matching(_ drawn: Tensor, _ critic: Net, _ examples: LabelledBatch) -> Loss.Term {
        let target = withoutGradients {
            let x = path.position(of: drawn, noise: examples.noise, at: examples.time)
            let real = data(of: teacher, at: x, examples.time, examples.labels)
            let own = data(of: critic, at: x, examples.time, examples.labels)
            let size = (drawn - real).abs().flatten(1).mean(1).clamp(1e-4...)
            return drawn - (own - real) / size.alongBatch(of: drawn)
        }
        return Loss.Term("matching", weight: 0.5, (drawn - target).square().flatten(1).mean(1))
    }

    private func critic(_ drawn: Tensor, _ critic: Net, _ examples: LabelledBatch) -> Loss.Term {
        let x = path.position(of: drawn, noise: examples.noise, at: examples.time)
        let target = prediction.target(
            data: drawn, noise: examples.noise, time: examples.time, along: path)
        let predicted = critic.predict(x, time: examples.time, given: examples.labels)
        return distance("critic", 1, predicted.to(target.dtype), target)
    }

    /// The mean over pairs, for every example alike: there need not be as many.
    private func regression(_ student: Net, _ batch: MatchingBatch) -> Loss.Term {
        let ends = samples(of: student, from: batch.pairStart, given: batch.pairLabels)
        let error = (ends - batch.pairEnd).square().mean()
        return Loss.Term("regression", weight: weights.regression, error.expand([batch.start.shape[0]]))
    }

    private func distance(_ name: String, _ weight: Double, _ one: Tensor, _ other: Tensor)
        -> Loss.Term
    {
        Loss.Term(name, weight: weight, (one - other).square().flatten(1).mean(1))
    }

    private func data<Asked: PredictionModel>(
        of model: Asked, at x: Tensor, _ time: Tensor, _ labels: Tensor
    ) -> Tensor
    where Asked.Condition == Tensor {
        prediction.convert(
            model.predict(x, time: time, given: labels), to: .data, at: x, time: time, along: path)
    }
}
