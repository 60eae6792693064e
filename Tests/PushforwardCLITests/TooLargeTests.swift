import Foundation
import TestSupport
import Testing

@Suite("Requests beyond the machine", .serialized)
struct TooLargeTests {
    @Test("numbers of samples and batches are refused before anything is computed, with what to reduce")
    func samples() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.toy("toy", steps: 2), in: folder).outcome().expectSuccess()
            for count in ["3000000000", "99999999999", "\(Int.max)"] {
                for out in ["a.npz", "a.npy"] {
                    try Program.run("sample", "--run", "toy", "--count", count, "--out", out, in: folder)
                        .expectRefusal("--count: \(count) samples do not fit", "Draw fewer at a time")
                }
            }
            // The batch is no larger than the number of samples.
            try Program.run(
                "sample", "--run", "toy", "--count", "5", "--batch", "1000000000", "--out", "a.npz", in: folder
            ).expectSuccess()
            #expect(try names(in: folder).filter { !$0.hasPrefix(".") } == ["a.npz", "toy"])
        }
    }

    @Test(
        "benches refuse sizes of their options",
        arguments: [
            ["field", "--shape", "1000000000,1000000000,1000000000,1000000000,1000000000"],
            ["field", "--shape", "64,64,64,16,100000000"],
            ["sample", "--batch", "1000000000000"],
            ["frechet", "--dimension", "1000000"],
            ["neighbours", "--count", "99999999999"],
            ["features", "--batch", "99999999999"],
        ])
    func benches(_ arguments: [String]) throws {
        try withTemporaryFolder { folder in
            let outcome = try Program(["bench"] + arguments, in: folder).outcome()
            outcome.expectRefusal("memory", "Reduce ")
            #expect(!outcome.errors.contains("or model"), "\(outcome.errors)")
            #expect(outcome.status == 1)
        }
    }

    #if os(Linux)
        // libtorch's own tables do not fit then, which it fills before the program begins.
        @Test("a limit of memory that leaves no room to start ends with one line")
        func start() throws {
            try withTemporaryFolder { folder in
                let limit = ["-c", "ulimit -v 500000; exec \"$0\" info", try Program.executable().path]
                let outcome = try Program(limit, in: folder, running: URL(filePath: "/bin/sh")).outcome()
                outcome.expectRefusal()
                #expect(outcome.errors.split(separator: "\n").count <= 1, "\(outcome.errors)")
            }
        }
    #endif

    @Test("sizes of images at which none fits are refused")
    func images() throws {
        try withTemporaryFolder { folder in
            try SmallMNIST.write(to: folder.appending(path: "data"), perClass: 2)
            try Program.run("data", "inspect", "data", "--size", "1000000", in: folder)
                .expectRefusal("--size must be from 1 to 16384, not 1000000")
            try Program.run(
                "evaluate", "--samples", "data", "--data", "data", "--size", "1000000", in: folder
            ).expectRefusal("--size: images of 1000000 x 1000000 do not fit", "Reduce it")
        }
    }

    @Test(
        "a network that does not fit ends with one line that names the sizes to reduce",
        arguments: [
            "network={name: mlp, width: 8192, depth: 32}", "method.generated=1000000000",
        ])
    func training(_ change: String) throws {
        try withTemporaryFolder { folder in
            // A process of a gigabyte beyond what it has at its start; the machine itself has more.
            let arguments = SmallRun.toy("run", steps: 2) + ["--set", change]
            let outcome = try Program.limited(arguments, in: folder, gibibytes: 3)
            outcome.expectRefusal("Error: ")
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains("memory") || outcome.errors.contains("must be"), "\(outcome.errors)")
            for trace in ["registers", "Thread 0", "crashed", "Backtrace"] {
                #expect(!outcome.errors.contains(trace), "\(outcome.errors)")
            }
        }
    }

    @Test("settings from standard input and from a pipe train like those of a file")
    func input() throws {
        try withTemporaryFolder { folder in
            let file = try FileHandle(forReadingFrom: URL(filePath: SmallRun.preset))
            let arguments = SmallRun.toy("run", steps: 2).map { $0 == SmallRun.preset ? "-" : $0 }
            try Program(arguments, in: folder, input: file).outcome().expectSuccess()
            try Program(SmallRun.toy("file", steps: 2), in: folder).outcome().expectSuccess()
            let written = try ["run", "file"].map { try text(of: folder.appending(path: "\($0)/config.yaml")) }
            #expect(written[0] == written[1])
            let pipe = folder.appending(path: "pipe").path
            try #require(mkfifo(pipe, 0o600) == 0)
            let content = try Data(contentsOf: URL(filePath: SmallRun.preset))
            Thread.detachNewThread { try? FileHandle(forWritingAtPath: pipe)?.write(contentsOf: content) }
            let piped = SmallRun.toy("piped", steps: 2).map { $0 == SmallRun.preset ? pipe : $0 }
            try Program(piped, in: folder).outcome().expectSuccess()
            try Program(
                ["train", "--config", "-", "--run", "bad"], in: folder,
                input: FileHandle(
                    forReadingFrom: try broken(folder))
            ).outcome().expectRefusal("standard input: training.stepz: unknown key (line 1). Did you mean 'steps'?")
        }
    }

    private func broken(_ folder: URL) throws -> URL {
        let file = folder.appending(path: "broken.yaml")
        try Data("training: {stepz: 3}".utf8).write(to: file)
        return file
    }
}
