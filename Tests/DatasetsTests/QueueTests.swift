import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Queues of samples") struct QueueTests {
    /// Numbers that the authors' release computed; see Fixtures/make_queues.py.
    @Test("places, counts and pointers are the release's", arguments: [3, 9, 17])
    func release(_ pushes: Int) throws {
        let file = try SafetensorsFile(fixtures().appending(path: "memory_bank.safetensors"))
        let samples = try #require(file["samples"])
        let labels = try #require(file["labels"]).to(.int64).scalars(as: Int.self)
        var queues = SampleQueues<Int>(classes: 3, capacity: 4)
        for index in 0..<pushes { queues.push(index, label: labels[index]) }
        func whole(_ name: String) throws -> [Int] {
            try #require(file["after\(pushes)/\(name)"]).to(.int64).scalars(as: Int.self)
        }
        let bank = try #require(file["after\(pushes)/bank"])
        #expect(try whole("count") == queues.counts)
        // A class that has not yet come round writes at its count.
        #expect(try whole("ptr") == queues.next)
        for (label, held) in queues.elements.enumerated() {
            for (place, index) in held.enumerated() { assertEqual(bank[label, place], samples[index]) }
        }
    }

    @Test("draws take nothing twice where there is enough, and repeat where there is not, like the release's")
    func draws() throws {
        var queues = SampleQueues<Int>(classes: 2, capacity: 8)
        for index in 0..<11 { queues.push(index, label: 0) }
        let uniform = Tensor.rand([40], using: RandomSource(Seed(3)), dtype: .float64).scalars(as: Double.self)
        #expect(try Set(queues.draw(label: 0, uniform[0..<8])) == Set(3..<11))
        #expect(try Set(queues.draw(label: 0, uniform[8..<14])).count == 6)
        let many = try queues.draw(label: 0, uniform[0..<40])
        #expect(many.count == 40 && Set(many).isSubset(of: Set(3..<11)) && Set(many).count > 4)
        #expect(try queues.draw(label: 0, uniform[0..<0]).isEmpty)
    }

    @Test("an empty class is an error with its number, not zeros")
    func empty() throws {
        let queues = SampleQueues<Int>(classes: 3, capacity: 4)
        let error = #expect(throws: DatasetError.self) { try queues.draw(label: 2, [0.5]) }
        #expect(error?.description.contains("Class 2 has no examples") == true)
    }

    /// 60 examples of three classes in turn, and a fourth that is empty.
    private func sampler(seed: UInt64 = 5, perClass: Int = 6, anyClass: Int = 10, arrivals: Int = 7) -> QueueSampler {
        var configuration = QueueSampler.Configuration()
        (configuration.perClass, configuration.anyClass, configuration.arrivals) = (perClass, anyClass, arrivals)
        return QueueSampler(labels: (0..<60).map { $0 % 3 }, classes: 4, configuration, seed: Seed(seed))
    }

    @Test("queues are full before the first step, with examples of their class")
    func prefill() throws {
        let queues = sampler().queues(at: 0)
        #expect(queues.counts == [6, 6, 6, 0])
        for (label, held) in queues.elements.enumerated() { #expect(held.allSatisfy { $0 % 3 == label }) }
        // A queue that the data cannot fill holds all of them once they have been seen.
        #expect(Set(sampler(perClass: 100).queues(at: 0).elements[1]).count == 20)
    }

    @Test("the state at a step is the same whatever was asked before: a run resumes to the same bits")
    func pure() throws {
        let (one, other) = (sampler(), sampler())
        func ask(_ sampler: QueueSampler, _ step: Int) throws -> [Int] {
            try sampler.indices(of: [0, 2, 2], perLabel: 4, step: step)
                + sampler.indicesOfAnyClass(rows: 2, perRow: 5, step: step)
        }
        let inOrder = try (0..<30).map { try ask(one, $0) }
        for step in [29, 3, 3, 17, 0, 8] { #expect(try ask(other, step) == inOrder[step]) }
        #expect(Set(inOrder).count == 30)
        #expect(try ask(sampler(seed: 6), 3) != inOrder[3])
    }

    @Test("each step brings so many new examples, and the oldest leave")
    func arrivals() {
        let sampler = sampler(perClass: 20, anyClass: 20, arrivals: 3)
        let (before, after) = (sampler.queues(at: 4), sampler.queues(at: 5))
        // In an epoch no example comes twice, so a third of a class's queue at most has changed.
        let changed = (0..<3).map { label in zip(before.elements[label], after.elements[label]).count { $0 != $1 } }
        #expect(changed.reduce(0, +) <= 3)
    }

    @Test("a class without examples, or that is not there, is an error when it is asked for")
    func errors() {
        #expect(throws: DatasetError.self) { try sampler().indices(of: [3], perLabel: 1, step: 0) }
        let error = #expect(throws: DatasetError.self) { try sampler().indices(of: [4], perLabel: 1, step: 0) }
        #expect(error?.description.contains("There is no class 4") == true)
    }
}
