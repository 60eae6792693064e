import Datasets
import Testing
import Torch

@Suite("Drawing by class") struct ClassSamplerTests {
    /// Three classes in turn, and an empty one.
    let labels = (0..<60).map { $0 % 3 }
    var sampler: ClassSampler { ClassSampler(labels: labels, classes: 4, seed: Seed(5)) }

    @Test("Each label gets examples of its class, none twice")
    func ofClass() throws {
        let wanted = [2, 0, 2, 1]
        let indices = try sampler.indices(of: wanted, perLabel: 8, step: 0)
        #expect(indices.count == 32)
        for (row, label) in wanted.enumerated() {
            let chosen = indices[(row * 8)..<(row * 8 + 8)]
            #expect(chosen.allSatisfy { labels[$0] == label })
            #expect(Set(chosen).count == 8)
        }
        #expect(indices[0..<8] != indices[16..<24], "a label that occurs twice is drawn from twice")
    }

    @Test("A whole class comes in full")
    func whole() throws {
        let indices = try sampler.indices(of: [1], perLabel: 20, step: 3)
        #expect(indices.sorted() == sampler.members[1])
    }

    @Test("A draw is a function of seed and step")
    func pure() throws {
        let other = ClassSampler(labels: labels, classes: 4, seed: Seed(6))
        _ = try sampler.indices(of: [0], perLabel: 1, step: 8)
        let draw = try sampler.indices(of: [0, 1], perLabel: 6, step: 9)
        #expect(try sampler.indices(of: [0, 1], perLabel: 6, step: 9) == draw)
        #expect(try sampler.indices(of: [0, 1], perLabel: 6, step: 10) != draw)
        #expect(try other.indices(of: [0, 1], perLabel: 6, step: 9) != draw)
    }

    @Test("All examples of a class are equally likely, at every place")
    func uniform() throws {
        var first = [Int: Int]()
        var last = [Int: Int]()
        for step in 0..<4000 {
            let indices = try sampler.indices(of: [0], perLabel: 3, step: step)
            first[indices[0], default: 0] += 1
            last[indices[2], default: 0] += 1
        }
        // 20 examples, 200 each, standard deviation 14.
        for counts in [first, last] {
            #expect(counts.count == 20)
            #expect(counts.values.allSatisfy { abs($0 - 200) < 70 })
        }
    }

    @Test("An empty, short or unknown class is an error that names it")
    func short() throws {
        let empty = #expect(throws: DatasetError.self) { try sampler.indices(of: [0, 3], perLabel: 1, step: 0) }
        #expect(empty?.code == .classTooSmall)
        #expect(empty?.message.contains("Class 3") == true)
        let short = #expect(throws: DatasetError.self) { try sampler.indices(of: [0], perLabel: 21, step: 0) }
        #expect(short?.message.contains("it has 20") == true)
        let unknown = #expect(throws: DatasetError.self) { try sampler.indices(of: [4], perLabel: 1, step: 0) }
        #expect(unknown?.code == .outOfRange)
    }

    @Test("Examples of any class do not repeat within a row")
    func anyClass() throws {
        let indices = try sampler.indicesOfAnyClass(rows: 5, perRow: 60, step: 1)
        for row in 0..<5 { #expect(indices[(row * 60)..<(row * 60 + 60)].sorted() == Array(0..<60)) }
        #expect(indices[0..<60] != indices[60..<120])
        #expect(throws: DatasetError.self) { try sampler.indicesOfAnyClass(rows: 1, perRow: 61, step: 1) }
    }

    @Test("Balanced labels hold every class that is not empty, up to one as often")
    func balanced() {
        let labels = sampler.balancedLabels(10, step: 2)
        let counts = (0..<4).map { label in labels.count { $0 == label } }
        #expect(counts[3] == 0)
        #expect(counts[..<3].allSatisfy { (3...4).contains($0) })
        #expect(labels != sampler.balancedLabels(10, step: 3))
    }
}
