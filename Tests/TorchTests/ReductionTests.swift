import Testing
import Torch

@Suite("Reductions and sorting")
struct ReductionTests {
    @Test("agree with PyTorch", arguments: cases)
    func agree(_ operation: OperationCase) throws { try operation.check() }

    static let cases: [OperationCase] = [
        OperationCase("sum") { [$0.cube.sum(), $0.cube.sum(1), $0.cube.sum([0, -1], keepDim: true)] },
        OperationCase("sum.whole") { [$0.whole.sum()] },
        OperationCase("mean") { [$0.cube.mean(), $0.cube.mean(1), $0.cube.mean([0, -1], keepDim: true)] },
        OperationCase("amax") { [$0.cube.amax(), $0.cube.amax(1), $0.cube.amax([0, -1], keepDim: true)] },
        OperationCase("amin") { [$0.cube.amin(), $0.cube.amin(1), $0.cube.amin([0, -1], keepDim: true)] },
        OperationCase("logsumexp") {
            [$0.cube.logsumexp(), $0.cube.logsumexp(1), $0.cube.logsumexp([0, -1], keepDim: true)]
        },
        OperationCase("var") { [$0.cube.var(), $0.cube.var(1), $0.cube.var([0, -1], keepDim: true)] },
        OperationCase("std") { [$0.cube.std(), $0.cube.std(1), $0.cube.std([0, -1], keepDim: true)] },
        OperationCase("var.population") { [$0.cube.var(1, correction: 0), $0.cube.std([1, 2], correction: 0)] },
        OperationCase("any") { [$0.mask.any(), $0.mask.any(0), $0.mask.any(1, keepDim: true)] },
        OperationCase("all") { [$0.mask.all(), $0.mask.all(0), $0.mask.all(1, keepDim: true)] },
        OperationCase("norm") { [$0.cube.norm(), $0.cube.norm(1), $0.cube.norm([0, 2], order: 1, keepDim: true)] },
        OperationCase("norm.inf") { [$0.cube.norm(-1, order: .infinity)] },
        OperationCase("prod") { [$0.cube.prod(1), $0.cube.prod(-1, keepDim: true)] },
        OperationCase("median") { [$0.cube.median(), $0.cube.median(2), $0.cube.median(0, keepDim: true)] },
        OperationCase("argmax") { [$0.cube.argmax(1), $0.cube.argmin(2, keepDim: true)] },
        OperationCase("quantile") { [$0.cube.quantile([0.1, 0.5], 2), $0.cube.quantile([0.3], 1, keepDim: true)] },
        OperationCase("cumsum") { [$0.cube.cumsum(1)] },
        OperationCase("cumprod") { [$0.cube.cumprod(-1)] },
        OperationCase("softmax") { [$0.cube.softmax(1), $0.cube.logSoftmax(-1)] },
        OperationCase("sort") {
            let (up, down) = ($0.cube.sort(1), $0.whole.sort(descending: true))
            return [up.values, up.indices, down.values, down.indices]
        },
        OperationCase("argsort") { [$0.cube.argsort(2, descending: true)] },
        OperationCase("topk") {
            let (most, least) = ($0.cube.topk(2), $0.cube.topk(2, 1, largest: false))
            return [most.values, most.indices, least.values, least.indices]
        },
        OperationCase("searchsorted") {
            let values = Tensor([-3, 0.5, 9] as [Float])
            return [$0.halves.searchsorted(values), $0.halves.searchsorted(values, right: true)]
        },
        OperationCase("bincount") { [$0.rows.bincount(), $0.rows.bincount(minimumLength: 5)] },
        OperationCase("unique") {
            let found = $0.whole.unique()
            return [found.values, found.inverse, found.counts]
        },
    ]
}
