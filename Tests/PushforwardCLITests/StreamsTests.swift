import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("Streams and outputs of the command", .serialized)
struct StreamsTests {
    @Test(
        "training ends as usual when nobody can read its progress, and nothing strays into its files",
        arguments: ["2>/dev/full", "2>&-", "0<&- 1>&- 2>&-"])
    func deaf(_ redirection: String) throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.toy("heard", steps: 6, checkpointEvery: 2), in: folder).outcome().expectSuccess()
            let outcome = try Program(
                SmallRun.toy("deaf", steps: 6, checkpointEvery: 2), in: folder, redirecting: redirection
            ).outcome()
            #expect(outcome.status == 0)
            for name in ["model.safetensors", "ema.safetensors", "optimizer.safetensors", "state.json"] {
                let heard = try SmallRun.checkpoint(name, of: folder.appending(path: "heard"))
                #expect(try SmallRun.checkpoint(name, of: folder.appending(path: "deaf")) == heard, "\(name)")
            }
            let log = try String(contentsOf: folder.appending(path: "deaf/metrics.jsonl"), encoding: .utf8)
            #expect(log.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"step\":") })
        }
    }

    @Test(
        "standard output that cannot be written is told, with a status", arguments: ["1>/dev/full", "1>&-"],
        [["info"], ["info", "--json", "-"], ["--help"], ["train", "--help"], ["info", "--options"]])
    func fullOutput(_ redirection: String, _ arguments: [String]) throws {
        try withTemporaryFolder { folder in
            let outcome = try Program(arguments, in: folder, redirecting: redirection).outcome()
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("Error: The standard output cannot be written"), "\(outcome.errors)")
        }
    }

    @Test("a reader that has gone is no reason to die by a signal")
    func goneReader() throws {
        try withTemporaryFolder { folder in
            let outcome = try Program(["info", "--options"], in: folder, redirecting: "| (exec 0<&-; sleep 1)")
                .outcome()
            #expect(outcome.errors.contains("Error: The standard output cannot be written"), "\(outcome.errors)")
        }
    }

    @Test("outputs that cannot be written are found before the work, and what is there stays")
    func outputs() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.toy("toy", steps: 2), in: folder).outcome().expectSuccess()
            func sample(_ out: String) throws -> Program.Outcome {
                try Program.run("sample", "--run", "toy", "--count", "4", "--out", out, in: folder)
            }
            let manager = FileManager.default
            try manager.createDirectory(at: folder.appending(path: "folder.npz"), withIntermediateDirectories: true)
            try Data("old".utf8).write(to: folder.appending(path: "kept.npz"))
            try manager.setAttributes(
                [.posixPermissions: 0o444], ofItemAtPath: folder.appending(path: "kept.npz").path)
            try sample("folder.npz").expectRefusal("--out: ", "folder.npz", "Is a directory")
            try sample("kept.npz").expectRefusal("--out: ", "kept.npz", "read-only")
            #expect(try Data(contentsOf: folder.appending(path: "kept.npz")) == Data("old".utf8))
            try sample(String(repeating: "n", count: 252) + ".npz").expectRefusal("File name too long")
            let long = String(repeating: "n", count: 251) + ".npz"
            try sample(long).expectSuccess()
            try manager.createSymbolicLink(
                atPath: folder.appending(path: "link.npz").path, withDestinationPath: "folder.npz/target.npz")
            try sample("link.npz").expectSuccess()
            let whole = try Data(contentsOf: folder.appending(path: long))
            #expect(try Data(contentsOf: folder.appending(path: "folder.npz/target.npz")) == whole)
            #expect(try manager.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasSuffix(".partial") })
        }
    }

    @Test("names are those that were given: a tilde is a letter")
    func names() throws {
        try withTemporaryFolder { folder in
            let home = folder.appending(path: "home")
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            for run in [["--run", "~"], ["--run", "~/deep"], ["--run=~other"]] {
                let arguments = Array(SmallRun.toy("x", steps: 1).filter { $0 != "x" && $0 != "--run" }) + run
                try Program(arguments, in: folder, environment: ["HOME": home.path]).outcome().expectSuccess()
            }
            for run in ["~", "~/deep", "~other"] {
                #expect(FileManager.default.fileExists(atPath: folder.path + "/\(run)/config.yaml"), "\(run)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.path).isEmpty)
        }
    }

    @Test("without gnuplot, or with one that fails, everything else is there, with one warning")
    func plots() throws {
        try withTemporaryFolder { folder in
            let bin = folder.appending(path: "bin")
            try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
            for (run, script) in [("none", nil), ("failing", "#!/bin/sh\nexit 3\n")] {
                if let script {
                    let gnuplot = bin.appending(path: "gnuplot")
                    try script.write(to: gnuplot, atomically: true, encoding: .utf8)
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: gnuplot.path)
                }
                let outcome = try Program(
                    SmallRun.toy(run, steps: 4), in: folder, environment: ["PATH": bin.path]
                ).outcome()
                outcome.expectSuccess()
                #expect(outcome.errors.components(separatedBy: "picture or examination is missing").count == 2)
                // The scripts draw later.
                for name in ["plots/strength.gnuplot", "plots/gradient.gnuplot", "samples/final.gnuplot"] {
                    #expect(FileManager.default.fileExists(atPath: folder.appending(path: "\(run)/\(name)").path))
                }
            }
        }
    }

    @Test("a run is lengthened by --steps and by --minutes, also after an end by the clock")
    func lengthened() throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "run")
            try Program(SmallRun.toy("run", steps: 4), in: folder).outcome().expectSuccess()
            try Program.run("train", "--run", "run", "--steps", "6", in: folder).expectRefusal(
                "lengthen a run with --resume")
            try Program.run("train", "--run", "run", "--resume", "--steps", "3", in: folder)
                .expectRefusal("step 4 is done already")
            try Program.run("train", "--run", "run", "--resume", "--steps", "6", in: folder).expectSuccess()
            #expect(SmallRun.logged(run) == 6)
            // Of the clock: the few steps take no time, so a hundredth of a minute allows more.
            try Program.run("train", "--run", "run", "--resume", "--minutes", "0.01", in: folder).expectSuccess()
            let first = SmallRun.logged(run)
            #expect(first > 6)
            try Program.run("train", "--run", "run", "--resume", in: folder).expectSuccess()
            #expect(SmallRun.logged(run) == first)
            try Program.run("train", "--run", "run", "--resume", "--minutes", "0.02", in: folder).expectSuccess()
            #expect(SmallRun.logged(run) > first)
            let steps = SmallRun.logged(run)
            try Program.run("train", "--run", "run", "--resume", "--steps", "\(steps + 3)", in: folder).expectSuccess()
            #expect(SmallRun.logged(run) == steps + 3)
        }
    }

    @Test("the last stage may be named as the one to end with; a stage's folder is not a run")
    func stages() throws {
        try withTemporaryFolder { folder in
            let outcome = try Program(SmallRun.toy("run", steps: 2) + ["--through", "generator"], in: folder).outcome()
            outcome.expectSuccess()
            #expect(outcome.errors.contains("Done. Look at run/samples/final.png"), "\(outcome.errors)")
            let stage = folder.appending(path: "run/encoder")
            try FileManager.default.createDirectory(at: stage, withIntermediateDirectories: true)
            try "steps: 3\n".write(to: stage.appending(path: "config.yaml"), atomically: true, encoding: .utf8)
            for arguments in [
                ["sample", "--run", "run/encoder", "--count", "1", "--out", "a.npz"],
                ["evaluate", "--run", "run/encoder"],
                ["train", "--run", "run/encoder", "--resume"],
            ] {
                try Program(arguments, in: folder).outcome()
                    .expectRefusal("run/encoder is the stage encoder of the run run")
            }
        }
    }

    @Test("reports go to the standard output, through links and pipes, and not in place of a device")
    func reports() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 6)
            for kind in ["images-idx3-ubyte", "labels-idx1-ubyte"] {
                try FileManager.default.copyItem(
                    at: data.appending(path: "train-\(kind)"), to: data.appending(path: "t10k-\(kind)"))
            }
            try Program(SmallRun.images("run", data: data, steps: 1), in: folder).outcome().expectSuccess()
            func evaluate(_ json: String, _ redirection: String = "") throws -> Program.Outcome {
                try Program(
                    [
                        "evaluate", "--run", "run", "--count", "40", "--extractor", "pixels", "--metrics", "kid",
                        "--json",
                        json,
                    ], in: folder, redirecting: redirection
                ).outcome()
            }
            func isReport(_ data: Data) -> Bool { (try? JSONSerialization.jsonObject(with: data)) is [String: Any] }
            // Nothing but the JSON.
            let plain = try evaluate("-")
            plain.expectSuccess()
            #expect(isReport(Data(plain.output.utf8)))
            // After the table.
            let device = try evaluate("/dev/stdout")
            device.expectSuccess()
            #expect(device.output.contains("\n{"))
            var status = stat()
            #expect(lstat("/dev/stdout", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
            try evaluate("/dev/full").expectRefusal("--json: /dev/full", "No space left on device")
            #expect(lstat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
            try evaluate("absent/report.json").expectRefusal("--json: ", "absent/report.json")
            let pipe = folder.appending(path: "pipe")
            try #require(mkfifo(pipe.path, 0o600) == 0)
            try evaluate("pipe", "& cat pipe > copy; wait").expectSuccess()
            #expect(isReport(try Data(contentsOf: folder.appending(path: "copy"))))
            #expect(lstat(pipe.path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        }
    }

    @Test(
        "a cache that cannot be made costs a warning, in words, and no result", arguments: ["HOME", "XDG_CACHE_HOME"])
    func cache(_ variable: String) throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 13)
            for kind in ["images-idx3-ubyte", "labels-idx1-ubyte"] {
                try FileManager.default.copyItem(
                    at: data.appending(path: "train-\(kind)"), to: data.appending(path: "t10k-\(kind)"))
            }
            try Program(SmallRun.images("run", data: data, steps: 1), in: folder).outcome().expectSuccess()
            try "a file".write(to: folder.appending(path: "file"), atomically: true, encoding: .utf8)
            let place = folder.appending(path: "file/deep").path
            let outcome = try Program(
                ["evaluate", "--run", "run", "--count", "100", "--metrics", "kid"], in: folder,
                environment: ["XDG_CACHE_HOME": "", "HOME": ""].merging([variable: place]) { _, new in new }
            ).outcome()
            outcome.expectSuccess()
            #expect(outcome.output.contains("kid") || outcome.output.contains("KID"))
            #expect(outcome.errors.contains("The classifier is not kept for the next time: "), "\(outcome.errors)")
            #expect(!outcome.errors.contains("NSCocoaErrorDomain") && !outcome.errors.contains("The file couldn"))
        }
    }
}
