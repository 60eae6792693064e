import Drifting
import Features
import Generative
import Testing
import Torch

private struct Nothing: RecordableBatch {
    func mapTensors(_ transform: (Tensor) -> Tensor) -> Nothing { self }
}

@Suite("Batches that are recorded")
struct RecordableBatchTests {
    @Test("every tensor is replaced, and the width tells recordings apart")
    func everyTensor() {
        var batch = DriftingBatch(
            noise: Tensor(1), condition: Nothing(), positives: Tensor(2), negatives: Tensor(3), guidance: Tensor(4),
            independentNoise: Tensor(5))
        batch.width = 1.5
        batch.encoded = [FeatureVectors("layer1", Tensor(6))]
        #expect(batch.tensors.map { $0.item() } == [1, 2, 3, 4, 5, 6])
        let changed = batch.mapTensors { $0 * 10 }
        #expect(changed.tensors.map { $0.item() } == [10, 20, 30, 40, 50, 60] && changed.constants == [1.5])
        batch.negatives = nil
        batch.guidance = nil
        batch.independentNoise = nil
        batch.encoded = nil
        #expect(batch.tensors.count == 2)
    }
}
