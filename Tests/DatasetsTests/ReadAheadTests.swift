import Datasets
import Foundation
import Testing

@Suite("Reading ahead") struct ReadAheadTests {
    /// Counts what is made, and can hold it back.
    private final class Workshop: @unchecked Sendable {
        private let lock = NSLock()
        private var made: [Int] = []
        let gate = DispatchSemaphore(value: 0)

        var order: [Int] { lock.withLock { made } }

        func make(_ key: Int) throws -> Int {
            if key < 0 { throw CocoaError(.fileNoSuchFile) }
            lock.withLock { made.append(key) }
            return 10 * key
        }
    }

    @Test("what was prepared is made once, in the background; what was not, when it is asked for")
    func once() throws {
        let workshop = Workshop()
        let ahead = ReadAhead<Int, Int>(limit: 2) { try workshop.make($0) }
        #expect(try ahead.value(1) == 10)
        ahead.prepare(2)
        ahead.prepare(2)
        while workshop.order.count < 2 { usleep(1000) }
        #expect(try ahead.value(2) == 20 && workshop.order == [1, 2])
        // Taken is taken: it is made again.
        #expect(try ahead.value(2) == 20 && workshop.order == [1, 2, 2])
    }

    @Test("asking waits for what is being made, while others go on")
    func waiting() throws {
        let workshop = Workshop()
        let ahead = ReadAhead<Int, Int>(limit: 2) { key in
            if key == 7 { workshop.gate.wait() }
            return try workshop.make(key)
        }
        ahead.prepare(7)
        #expect(try ahead.value(8) == 80 && workshop.order == [8])
        workshop.gate.signal()
        #expect(try ahead.value(7) == 70 && workshop.order == [8, 7])
    }

    @Test("an error comes when the value is asked for")
    func errors() {
        let ahead = ReadAhead<Int, Int>(limit: 2) { try Workshop().make($0) }
        ahead.prepare(-1)
        #expect(throws: CocoaError.self) { try ahead.value(-1) }
        #expect(throws: CocoaError.self) { try ahead.value(-1) }
    }

    @Test("what nobody asks for makes room")
    func room() throws {
        let workshop = Workshop()
        let ahead = ReadAhead<Int, Int>(limit: 2) { try workshop.make($0) }
        for key in 1...3 {
            ahead.prepare(key)
            while workshop.order.count < key { usleep(1000) }
        }
        #expect(try ahead.value(3) == 30 && ahead.value(2) == 20 && workshop.order == [1, 2, 3])
        #expect(try ahead.value(1) == 10 && workshop.order == [1, 2, 3, 1])
    }
}
