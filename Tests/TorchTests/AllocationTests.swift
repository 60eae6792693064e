import Foundation
import TestSupport
import Testing
import Torch

@Suite("Memory that there is not")
struct AllocationTests {
    @Test("a tensor that no machine can hold is an error of memory, also where its bytes cannot be counted")
    func impossible() {
        for shape in [[1 << 44], [1 << 20, 1 << 20, 1 << 20], [.max / 8]] {
            let error = #expect(throws: TorchError.self) { try catchingTorchErrors { Tensor.zeros(shape) } }
            #expect(error?.code == .outOfMemory, "\(shape): \(String(describing: error))")
            #expect(error?.message.contains("not enough memory: a tensor") == true)
            #expect(error?.message.contains("Use a smaller batch or model") == true)
        }
    }

    @Test("the memory that is left is above that of a small tensor and at most that of the machine and its swap")
    func available() throws {
        #if os(Linux)
            let available = try #require(Machine.availableMemory)
            let swap = try text(of: URL(filePath: "/proc/meminfo")).firstMatch(of: #/SwapTotal: *([0-9]+) kB/#)
            let swapped = try #require(swap.flatMap { Int($0.1) }) * 1024
            #expect(available > 1 << 20)
            #expect(available <= Int(ProcessInfo.processInfo.physicalMemory) + swapped)
        #endif
    }

    // Untouched memory costs nothing, so that without the watch this allocation would succeed on a system that overcommits.
    @Test("a watched program refuses what exceeds the memory that is left, and says how much that is")
    func watched() async {
        let result = await #expect(processExitsWith: .exitCode(3), observing: [\.standardErrorContent]) {
            Machine.refuseExcessiveAllocations()
            UncaughtFailure.end { error in
                let isOfMemory = error.code == .outOfMemory
                try? FileHandle.standardError.write(contentsOf: Data("said: \(isOfMemory) \(error.message)".utf8))
                exit(3)
            }
            let small = Tensor.ones([1 << 24])
            guard small.sum().item() == Double(1 << 24), let available = Machine.availableMemory else { exit(4) }
            _ = Tensor.empty([available + (8 << 30)], dtype: .uint8)
        }
        assertSaid(result, "said: true empty(): not enough memory: a tensor needs ", " GiB are available.")
    }

    @Test("a limit of the process's own counts")
    func limited() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            #if canImport(Glibc)
                getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
                let sizes = try text(of: URL(filePath: "/proc/self/statm")).split(separator: " ")
                guard let pages = Int(sizes[0]) else { exit(4) }
                limit.rlim_cur = rlim_t(pages * Int(sysconf(Int32(_SC_PAGESIZE))) + (1 << 30))
                setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
                guard let available = Machine.availableMemory else { exit(5) }
                exit((900 << 20..<1100 << 20).contains(available) ? 0 : 6)
            #else
                exit(0)
            #endif
        }
    }

    @Test("a failure that no scope takes goes to the program's own handler, with message and kind")
    func handler() async {
        let result = await #expect(processExitsWith: .exitCode(3), observing: [\.standardErrorContent]) {
            UncaughtFailure.end { error in
                try? FileHandle.standardError.write(contentsOf: Data("said: \(error.message)".utf8))
                exit(3)
            }
            _ = Tensor.zeros([2, 3]).matmul(Tensor.zeros([4, 5]))
        }
        assertSaid(result, "said: matmul(Float[2, 3], Float[4, 5])")
    }
}
