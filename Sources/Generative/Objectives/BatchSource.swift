/// Source of the batch of each step of training.
///
/// A batch is a pure function of the step's number and of the seed that the source was made with. So a training that
/// resumes, on whatever step, sees the same data as one that was never interrupted, and nothing about data needs saving.
public protocol BatchSource<Batch> {
    /// Batch that an objective takes.
    associatedtype Batch

    /// The batch of a step, counted from 0.
    func batch(at step: Int) throws -> Batch
}
