import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Examples that were read last") struct RecentExamplesTests {
    /// The squares of 0 to 99, and which of them were read.
    private final class Squares: Dataset, @unchecked Sendable {
        private let lock = NSLock()
        private var asked: [[Int]] = []
        let count = 100
        let labels: [Int]? = (0..<100).map { $0 % 7 }
        let classNames = (0..<7).map(String.init)

        /// Indices read since this was last asked.
        var read: [[Int]] {
            lock.withLock {
                defer { asked = [] }
                return asked
            }
        }

        func example(at index: Int) throws -> Tensor { try examples(at: [index]).values[0] }

        func examples(at indices: [Int]) throws -> Examples {
            if indices.contains(99) { throw CocoaError(.fileReadCorruptFile) }
            lock.withLock { asked.append(indices) }
            return Examples(values: Tensor(indices.map { [$0 * $0, $0] }.flatMap { $0 }).reshape(-1, 2))
        }
    }

    private func squares(_ data: RecentExamples, _ indices: [Int]) throws -> [Int] {
        let examples = try data.examples(at: indices)
        #expect(examples.labels?.scalars(as: Int.self) == indices.map { $0 % 7 })
        #expect(examples.values.shape == [indices.count, 2])
        return examples.values.slice(1, 0, 1).flatten().scalars(as: Int.self)
    }

    @Test("what is kept is not read again, what repeats is read once, and the order is what was asked for")
    func kept() throws {
        let inner = Squares()
        let data = RecentExamples(inner, keeping: 4)
        #expect(try squares(data, [3, 1, 3]) == [9, 1, 9] && inner.read == [[3, 1]])
        #expect(try squares(data, [5, 3, 1, 5]) == [25, 9, 1, 25] && inner.read == [[5]])
        #expect(try squares(data, [1, 3]) == [1, 9] && inner.read == [])
        #expect(try data.example(at: 5).scalars(as: Int.self) == [25, 5] && inner.read == [])
    }

    @Test("what was not asked for is displaced first")
    func displaced() throws {
        let inner = Squares()
        let data = RecentExamples(inner, keeping: 3)
        #expect(try squares(data, [0, 1, 2]) == [0, 1, 4])
        // The hand goes round once, and takes the first.
        #expect(try squares(data, [3]) == [9])
        #expect(try squares(data, [1]) == [1])
        #expect(try squares(data, [4]) == [16])
        _ = inner.read
        // 1 was asked for and has stayed; 2 was not.
        #expect(try squares(data, [1, 3, 4]) == [1, 9, 16] && inner.read == [])
        #expect(try squares(data, [2]) == [4] && inner.read == [[2]])
    }

    @Test("more than it keeps, in any order, by several threads, is what the other data set gives")
    func many() throws {
        let data = RecentExamples(Squares(), keeping: 10)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<50 {
                let indices = (0..<(1 + round % 25)).map { ($0 * 37 + round * 11 + thread * 5) % 99 }
                #expect((try? squares(data, indices)) == indices.map { $0 * $0 })
            }
        }
    }

    @Test("an error spoils nothing")
    func errors() throws {
        let inner = Squares()
        let data = RecentExamples(inner, keeping: 3)
        #expect(try squares(data, [1, 2]) == [1, 4])
        #expect(throws: CocoaError.self) { try squares(data, [1, 99, 3]) }
        _ = inner.read
        #expect(try squares(data, [1, 2, 3]) == [1, 4, 9] && inner.read == [[3]])
    }
}
