internal import Artifacts
internal import Datasets
internal import Torch

/// Queues of samples: places, counts and pointers after so many arrivals, and draws that take nothing twice.
///
/// The release draws with NumPy's global generator, which cannot be repeated.
enum MemoryBankCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let (classes, capacity) = (try file.number("num_classes"), try file.number("max_size"))
        let samples = try file["samples"]
        let labels = try file["labels"].to(.int64).scalars(as: Int.self)
        guard classes > 0, capacity > 0, labels.count == samples.shape.first,
            labels.allSatisfy((0..<classes).contains)
        else { throw VerificationError("\(file.name): samples, labels and sizes do not fit together.") }
        for group in file.groups where group.hasSuffix("_bank") {
            recorder.skip(group, because: "drawn by NumPy's global generator, which cannot be repeated")
        }
        for group in file.groups where group.hasPrefix("after") {
            recorder.check(group) { comparisons in
                var queues = SampleQueues<Int>(classes: classes, capacity: capacity)
                for index in 0..<min(Int(group.drop { !$0.isNumber }) ?? 0, labels.count) {
                    queues.push(index, label: labels[index])
                }
                try compare(queues, samples, file, group, comparisons)
            }
        }
    }

    private static func compare(
        _ queues: SampleQueues<Int>, _ samples: Tensor, _ file: VectorFile, _ group: String,
        _ comparisons: CaseComparisons
    ) throws {
        let bank = Tensor.zeros([queues.elements.count, queues.capacity] + samples.shape.dropFirst())
        for (label, held) in queues.elements.enumerated() where !held.isEmpty {
            bank[label, 0..<held.count] = samples.indexSelect(0, Tensor(held))
            let uniform = (0..<held.count).map { _ in 0.5 }
            let drawn = try queues.draw(label: label, uniform[...])
            try comparisons.compare("draws of class \(label)", Tensor(drawn.sorted()), Tensor(held.sorted()), .exact)
        }
        try comparisons.compare("places", bank, file["\(group)/bank"], .exact)
        try comparisons.compare("counts", Tensor(queues.counts), file["\(group)/count"], .exact)
        try comparisons.compare("pointers", Tensor(queues.next), file["\(group)/ptr"], .exact)
    }
}
