import Drifting
import TestSupport
import Testing
import Torch

@Suite("Points that do not fit together stop the program")
struct DriftPointsTests {
    @Test("generated points without three dimensions")
    func rank() async {
        let rank = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DriftPoints(generated: .zeros([3, 4]), positives: .zeros([1, 3, 4]))
        }
        assertSaid(rank, "generated points must be [B, G, D], not [3, 4]")
    }

    @Test("positives of other groups, of other dimensions, or none at all")
    func positives() async {
        let groups = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DriftPoints(generated: .zeros([2, 3, 4]), positives: .zeros([1, 3, 4]))
        }
        assertSaid(groups, "positives [1, 3, 4] do not fit generated points [2, 3, 4]")
        let dimensions = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DriftPoints(generated: .zeros([2, 3, 4]), positives: .zeros([2, 3, 5]))
        }
        assertSaid(dimensions, "positives [2, 3, 5] do not fit generated points [2, 3, 4]")
        let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DriftPoints(generated: .zeros([2, 3, 4]), positives: .zeros([2, 0, 4]))
        }
        assertSaid(none, "a group without positives has nowhere to drift to")
    }

    @Test("negatives of other dimensions")
    func negatives() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DriftPoints(
                generated: .zeros([2, 3, 4]), positives: .zeros([2, 3, 4]), negatives: .zeros([2, 3, 1]))
        }
        assertSaid(result, "negatives [2, 3, 1] do not fit generated points [2, 3, 4]")
    }

    @Test("weights that are not one per point")
    func weights() async {
        let generated = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DriftPoints(
                generated: .zeros([2, 3, 4]), positives: .zeros([2, 5, 4]), generatedWeights: .ones([2, 5]))
        }
        assertSaid(generated, "weights of the generated points are [2, 5], not [2, 3]")
        let positives = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DriftPoints(
                generated: .zeros([2, 3, 4]), positives: .zeros([2, 5, 4]), positiveWeights: .ones([2]))
        }
        assertSaid(positives, "weights of the positives are [2], not [2, 5]")
        let negatives = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DriftPoints(
                generated: .zeros([2, 3, 4]), positives: .zeros([2, 5, 4]), negativeWeights: .ones([2, 1]))
        }
        assertSaid(negatives, "weights of the negatives are [2, 1], not [2, 0]")
    }
}
