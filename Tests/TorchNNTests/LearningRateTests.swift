import Foundation
import TestSupport
import Testing
import TorchNN

@Suite("LearningRate")
struct LearningRateTests {
    @Test("the release's: from 1e-6 in a straight line to the peak, then constant")
    func release() {
        let rate = LearningRate.constant(2e-4, warmup: 5000)
        #expect(rate(at: 0) == 1e-6)
        assertClose(rate(at: 1000), 1e-6 + (2e-4 - 1e-6) / 5, relative: 1e-12, absolute: 0)
        #expect(rate(at: 5000) == 2e-4 && rate(at: 1_000_000) == 2e-4)
    }

    @Test("a cosine: peak, mean in the middle, floor at the end and after it")
    func cosine() {
        let rate = LearningRate.cosine(1, warmup: 10, total: 110, floor: 0.2)
        #expect(rate(at: 10) == 1)
        assertClose(rate(at: 35), 0.2 + 0.8 * (1 + 0.5.squareRoot()) / 2, relative: 1e-12)
        assertClose(rate(at: 60), 0.6, relative: 1e-12)
        assertClose(rate(at: 110), 0.2, relative: 1e-12)
        #expect(rate(at: 500) == rate(at: 110))
    }

    @Test("a straight line: peak, mean in the middle, floor at the end and after it")
    func linear() {
        let rate = LearningRate.linear(1, total: 100, floor: 0.2)
        #expect(rate(at: 0) == 1)
        assertClose(rate(at: 25), 0.8, relative: 1e-12)
        assertClose(rate(at: 50), 0.6, relative: 1e-12)
        assertClose(rate(at: 100), 0.2, relative: 1e-12)
        #expect(rate(at: 101) == rate(at: 100))
    }

    @Test("without warm-up it starts at the peak")
    func noWarmUp() {
        #expect(LearningRate.constant(0.3)(at: 0) == 0.3)
    }

    @Test("survives being written and read")
    func coding() throws {
        let rate = LearningRate.cosine(1, warmup: 10, total: 110, floor: 0.2)
        #expect(try JSONDecoder().decode(LearningRate.self, from: JSONEncoder().encode(rate)) == rate)
    }
}
