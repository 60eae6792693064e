public import Torch

/// Verdict of an objective on a batch: one value per example to descend on, and values worth logging.
public struct Loss: Sendable {
    /// One loss per example [B], with its gradient graph and not yet reduced.
    public var perExample: Tensor

    /// The weighted terms whose sum ``perExample`` is, [B] each, detached, so that a NaN can be traced to one of them.
    ///
    /// Empty where the loss is one formula.
    public var terms: NamedTensors

    /// Detached values to log; a loop averages each over the batch if it is not a scalar.
    public var metrics: NamedTensors

    /// A loss of one term.
    ///
    /// - Parameters:
    ///   - perExample: One loss per example [B].
    ///   - metrics: Values to log.
    public init(perExample: Tensor, metrics: NamedTensors = [:]) {
        demand(perExample.rank == 1, "a loss has one value per example [B], not the shape \(perExample.shape)")
        self.perExample = perExample
        self.terms = [:]
        self.metrics = metrics
    }

    /// A term of a loss that is a weighted sum.
    public struct Term: Sendable {
        /// Name of the term in logs and errors.
        public var name: String
        /// Its weight in the sum.
        public var weight: Double
        /// One value per example [B], with its gradient graph.
        public var perExample: Tensor

        /// A term; its weight is 1 by default.
        public init(_ name: String, weight: Double = 1, _ perExample: Tensor) {
            demand(perExample.rank == 1, "the term '\(name)' has the shape \(perExample.shape) instead of [B]")
            self.name = name
            self.weight = weight
            self.perExample = perExample
        }
    }

    /// The weighted sum of named terms.
    ///
    /// - Parameters:
    ///   - terms: At least one term, all of the same batch and with different names.
    ///   - metrics: Values to log.
    public init(sumOf terms: [Term], metrics: NamedTensors = [:]) {
        demand(Set(terms.map(\.name)).count == terms.count, "two terms of a loss have the same name")
        demand(Set(terms.map(\.perExample.shape)).count == 1, "the terms of a loss describe different batches")
        let weighted = terms.map { $0.weight == 1 ? $0.perExample : $0.perExample * $0.weight }
        self.init(perExample: weighted.dropFirst().reduce(weighted[0], +), metrics: metrics)
        for (term, value) in zip(terms, weighted) { self.terms[term.name] = value }
    }

    /// The mean over the batch: the scalar that training differentiates.
    public var mean: Tensor { perExample.mean() }

    /// True if every example has a finite loss.
    ///
    /// Waits for the device.
    public var isFinite: Bool { Self.isFinite(perExample) }

    /// Names of the terms that are NaN or infinite for some example, in order.
    ///
    /// Waits for the device: ask when ``isFinite`` is false.
    public var nonFiniteTerms: [String] { terms.filter { !Self.isFinite($0.value) }.map(\.name) }

    private static func isFinite(_ values: Tensor) -> Bool { values.detach().isfinite().all().intItem() == 1 }
}
