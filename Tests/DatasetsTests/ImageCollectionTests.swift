import Datasets
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Images in folders and archives") struct ImageCollectionTests {
    private func write(_ shade: UInt8, to path: String, in folder: URL, width: Int = 4, channels: Int = 3) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Image8(width: width, height: 4, channels: channels, shade: shade).writePNG(to: file)
    }

    @Test("A folder per class, nested or not, hidden files left aside")
    func folder() throws {
        try withTemporaryFolder { folder in
            try write(10, to: "b/1.png", in: folder)
            try write(20, to: "a/deep/er/2.PNG", in: folder)
            try write(30, to: "a/3.png", in: folder)
            try write(99, to: "a/.hidden.png", in: folder)
            try Data("text".utf8).write(to: folder.appending(path: "a/notes.txt"))
            let data = try ImageCollection(folder: folder)
            #expect(data.classNames == ["a", "b"])
            #expect(data.labels == [0, 0, 1])
            #expect(data.classCounts == [2, 1])
            let batch = try data.examples(at: [2, 0])
            #expect(batch.values.shape == [2, 3, 4, 4])
            #expect(batch.values[0..., 0, 0, 0].scalars(as: Int.self) == [10, 30])
            #expect(batch.labels?.scalars(as: Int.self) == [1, 0])
        }
    }

    @Test("Images that lie in no folders have no labels; beside folders they are an error")
    func flat() throws {
        try withTemporaryFolder { folder in
            try write(10, to: "1.png", in: folder)
            try write(20, to: "2.png", in: folder)
            let data = try ImageCollection(folder: folder)
            #expect(data.labels == nil)
            #expect(data.classNames.isEmpty)
            try write(30, to: "a/3.png", in: folder)
            let error = #expect(throws: DatasetError.self) { try ImageCollection(folder: folder) }
            #expect(error?.message.contains("1.png") == true)
        }
    }

    @Test("Folders named train and test are parts, not classes")
    func splits() throws {
        try withTemporaryFolder { folder in
            try write(10, to: "train/a/1.png", in: folder)
            try write(20, to: "train/b/1.png", in: folder)
            try write(30, to: "val/a/1.png", in: folder)
            let train = try ImageCollection(folder: folder, split: .train)
            #expect(train.classNames == ["a", "b"])
            #expect(try ImageCollection(folder: folder, split: .test).count == 1)
            #expect(try ImageCollection(folder: folder).count == 3)
            let opened = try DataReference(parsing: "\(folder.path):train").open()
            #expect(opened.count == 2)
        }
    }

    @Test("Images of other sizes are an error that names one, unless a size is given; gray ones become RGB")
    func sizes() throws {
        try withTemporaryFolder { folder in
            try write(10, to: "a/1.png", in: folder)
            try write(200, to: "a/2.png", in: folder, width: 8, channels: 1)
            let error = #expect(throws: FileError.self) { try ImageCollection(folder: folder).examples(at: [0, 1]) }
            #expect(error?.file.hasSuffix("a/2.png") == true)
            let data = try ImageCollection(folder: folder, .init(size: 2))
            let values = try data.examples(at: [0, 1]).values
            #expect(values.shape == [2, 3, 2, 2])
            #expect(values[1].unique().values.scalars(as: Int.self) == [200])
            #expect(try ImageCollection(folder: folder, .init(size: 2, channels: 1)).shape == [1, 2, 2])
        }
    }

    @Test("Damaged files are reported by name, and left out only when asked")
    func damaged() throws {
        try withTemporaryFolder { folder in
            for index in 0..<70 { try write(UInt8(index), to: "a/\(100 + index).png", in: folder) }
            try Data().write(to: folder.appending(path: "a/105.png"))
            let cut = try Data(contentsOf: folder.appending(path: "a/166.png")).dropLast(30)
            try cut.write(to: folder.appending(path: "a/166.png"))
            let data = try ImageCollection(folder: folder)
            let problems = data.problems()
            #expect(problems.map(\.index) == [5, 66])
            #expect(problems[0].error.code == .empty)
            #expect(problems[0].error.file.hasSuffix("a/105.png"))
            #expect(throws: FileError.self) { try data.example(at: 66) }
            let left = try data.leavingOut(problems.map(\.index))
            #expect(left.count == 68)
            #expect(left.problems().isEmpty)
        }
    }

    @Test("Archives are read without extraction", arguments: ["images.tar.gz", "images.zip"])
    func archives(_ name: String) throws {
        let data = try ImageCollection(archive: fixtures().appending(path: name))
        #expect(data.classNames == ["cat", "dog"])
        #expect(data.count == 5)
        let problems = data.problems()
        #expect(problems.map { $0.error.file.hasSuffix("pets/dog/broken.png") } == [true])
        let left = try data.leavingOut(problems.map(\.index))
        #expect(try left.examples(at: [0, 1, 2, 3]).values[0..., 0, 0, 0].scalars(as: Int.self) == [0, 50, 100, 150])
        #expect(left.labels == [0, 0, 1, 1])
    }

    @Test("A folder without images says what it holds instead")
    func nothing() throws {
        try withTemporaryFolder { folder in
            try Data("x".utf8).write(to: folder.appending(path: "movie.mp4"))
            let error = #expect(throws: DatasetError.self) { try ImageCollection(folder: folder) }
            #expect(error?.message.contains("mp4") == true)
            #expect(throws: DatasetError.self) { try ImageCollection(folder: folder.appending(path: "absent")) }
        }
    }
}

@Suite("CIFAR") struct CIFARTests {
    @Test("Records are label and planes; CIFAR-100 has a coarse label before", arguments: CIFAR.allCases)
    func records(_ cifar: CIFAR) throws {
        try withTemporaryFolder { folder in
            let head: [[UInt8]] = cifar == .cifar10 ? [[3], [9]] : [[17, 3], [1, 99]]
            let planes: [UInt8] = (0..<3072).map { (index: Int) -> UInt8 in UInt8(index / 1024 * 50 + index % 7) }
            let file = folder.appending(path: cifar == .cifar10 ? "test_batch.bin" : "test.bin")
            let backwards: [UInt8] = planes.reversed()
            let content: [UInt8] = head[0] + planes + head[1] + backwards
            try Data(content).write(to: file)
            let data = try cifar.load(.test, from: folder)
            #expect(data.labels == [3, cifar == .cifar10 ? 9 : 99])
            #expect(data.values.shape == [2, 3, 32, 32])
            #expect(data.values[0].flatten().scalars(as: UInt8.self) == planes)
            #expect(try DataReference(parsing: "\(folder.path):test").open().count == 2)

            try Data(head[0] + planes.dropLast()).write(to: file)
            #expect(throws: FileError.self) { try cifar.load(.test, from: folder) }
            let unknown = [UInt8](repeating: 200, count: head[0].count)
            try Data(unknown + planes).write(to: file)
            #expect(throws: DatasetError.self) { try cifar.load(.test, from: folder) }
        }
    }
}

@Suite("Reading ahead") struct PrefetcherTests {
    /// Reads slowly at first, and fails at one index.
    private struct Slow: Dataset {
        let count = 24
        let labels: [Int]? = nil
        let classNames: [String] = []
        var failing = -1

        func example(at index: Int) throws -> Tensor {
            if index == failing { throw DatasetError(.notFound, "example \(index)") }
            Thread.sleep(forTimeInterval: index % 3 == 0 ? 0.004 : 0)
            return Tensor([index])
        }
    }

    @Test("Batches come in the order of the epochs, whatever the threads do")
    func order() throws {
        var epochs = Epochs(count: 24, batchSize: 5, seed: Seed(1))
        let prefetcher = Prefetcher(Slow(), epochs)
        for _ in 0..<13 {
            #expect(try prefetcher.next().values.flatten().scalars(as: Int.self) == epochs.nextBatch())
            #expect(prefetcher.position == epochs.position)
        }
    }

    @Test("No more batches than allowed are in memory")
    func bounded() throws {
        final class Counter: @unchecked Sendable {
            var count = 0
            let lock = NSLock()
        }
        struct Counting: Dataset {
            let count = 100
            let labels: [Int]? = nil
            let classNames: [String] = []
            let counter: Counter

            func example(at index: Int) -> Tensor {
                counter.lock.withLock { counter.count += 1 }
                return Tensor(index)
            }
        }
        let counter = Counter()
        var configuration = Prefetcher.Configuration()
        configuration.ahead = 3
        let prefetcher = Prefetcher(
            Counting(counter: counter), Epochs(count: 100, batchSize: 1, seed: Seed(1)), configuration)
        Thread.sleep(forTimeInterval: 0.05)
        #expect(counter.lock.withLock { counter.count } <= 3)
        for _ in 0..<5 { _ = try prefetcher.next() }
        Thread.sleep(forTimeInterval: 0.05)
        #expect(counter.lock.withLock { counter.count } <= 8)
    }

    @Test("An error comes with its batch, and the others still come")
    func errors() throws {
        let prefetcher = Prefetcher(
            Slow(failing: 7), Epochs(count: 24, batchSize: 6, seed: Seed(1)))
        let outcomes = (0..<4).map { _ in Result { try prefetcher.next() } }
        let failures = outcomes.filter { if case .failure = $0 { true } else { false } }
        #expect(failures.count == 1)
    }
}

@Suite("Inspection") struct DataInspectionTests {
    @Test("Counts, balance, brightness, problems and a sheet")
    func inspection() throws {
        let data = try ImageCollection(archive: fixtures().appending(path: "images.zip"))
        let inspection = try DataInspection(data)
        #expect(inspection.count == 5)
        #expect(inspection.shape == [1, 2, 2])
        #expect(inspection.classes.map(\.name) == ["cat", "dog"])
        #expect(inspection.classes.map(\.count) == [2, 3])
        // Shades 0, 50, 100 and 150.
        assertClose(inspection.means[0], 75)
        assertClose(inspection.deviations[0], (50.0 * 50 * 5 / 4).squareRoot())
        #expect(inspection.problems.count == 1)
        #expect(inspection.contactSheet?.channels == 1)
    }
}
