public import Torch

/// A model that takes a condition: class labels, a guidance scale, an image to restore, or nothing.
///
/// Parent of the roles ``OneStepGenerator``, ``VectorField``, ``StochasticField``, ``Denoiser`` and ``DistanceField``.
/// A model without condition has `Condition == Void`, and each role then offers its method without the argument
/// `given`.
///
/// A condition describes a whole batch. Samplers cut batches and let finished samples leave, so a model says how a
/// condition follows; for `Void` and for a tensor [B, ...] that is done already.
public protocol Conditional {
    /// Input of the model beside positions, for all B examples of a batch.
    associatedtype Condition

    /// The condition of some examples of a batch.
    ///
    /// - Parameters:
    ///   - indices: Places of the N examples in the batch [N], int64.
    ///   - condition: The condition of the whole batch.
    /// - Returns: The condition of a batch of N.
    static func select(_ indices: Tensor, from condition: Condition) -> Condition
}

extension Conditional where Condition == Void {
    /// Nothing, of which any selection is nothing.
    public static func select(_ indices: Tensor, from condition: Void) {}
}

extension Conditional where Condition == Tensor {
    /// The rows `indices` of a tensor [B, ...].
    public static func select(_ indices: Tensor, from condition: Tensor) -> Tensor {
        condition.indexSelect(0, indices)
    }
}
