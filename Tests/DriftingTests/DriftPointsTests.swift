import Drifting
import Testing
import Torch

@Suite("Points that do not fit together stop the program")
struct DriftPointsTests {
    @Test("generated points without three dimensions")
    func rank() async {
        await #expect(processExitsWith: .failure) {
            _ = DriftPoints(generated: .zeros([3, 4]), positives: .zeros([1, 3, 4]))
        }
    }

    @Test("positives of other groups, of other dimensions, or none at all")
    func positives() async {
        await #expect(processExitsWith: .failure) {
            _ = DriftPoints(generated: .zeros([2, 3, 4]), positives: .zeros([1, 3, 4]))
        }
        await #expect(processExitsWith: .failure) {
            _ = DriftPoints(generated: .zeros([2, 3, 4]), positives: .zeros([2, 3, 5]))
        }
        await #expect(processExitsWith: .failure) {
            _ = DriftPoints(generated: .zeros([2, 3, 4]), positives: .zeros([2, 0, 4]))
        }
    }

    @Test("negatives of other dimensions")
    func negatives() async {
        await #expect(processExitsWith: .failure) {
            _ = DriftPoints(
                generated: .zeros([2, 3, 4]), positives: .zeros([2, 3, 4]), negatives: .zeros([2, 3, 1]))
        }
    }

    @Test("weights that are not one per point")
    func weights() async {
        await #expect(processExitsWith: .failure) {
            _ = DriftPoints(
                generated: .zeros([2, 3, 4]), positives: .zeros([2, 5, 4]), generatedWeights: .ones([2, 5]))
        }
        await #expect(processExitsWith: .failure) {
            _ = DriftPoints(
                generated: .zeros([2, 3, 4]), positives: .zeros([2, 5, 4]), positiveWeights: .ones([2]))
        }
        await #expect(processExitsWith: .failure) {
            _ = DriftPoints(
                generated: .zeros([2, 3, 4]), positives: .zeros([2, 5, 4]), negativeWeights: .ones([2, 1]))
        }
    }
}
