import Foundation
import TestSupport
import Testing

/// Arguments, and the exit code of each.
private let mistakes: [([String], Int32)] = [
    (["sample", "--run", "r", "--count", "4", "--out", "a"], 64),
    (["sample", "--run", "r", "--count", "4", "--out", "absent/a.npz"], 1),
    (["sample", "--run", "r", "--count", "4", "--out", "a.npz"], 1),
    (["sample", "--run", "r", "--count", "4", "--out", "a.npz", "--seed", "-1"], 64),
    (["sample", "--run", "r", "--count", "-4", "--out", "a.npz"], 64),
    (["sample", "--run", "r", "--count", "4.5", "--out", "a.npz"], 64),
    (["evaluate", "--run", "r", "--metrics", "fid"], 64),
    (["evaluate", "--run", "r", "--json", "absent/a.json"], 1),
    (["evaluate", "--samples", "a.npz", "--data", "b"], 1),
    (["train", "--run", "r"], 64), (["train", "--run", "r", "--config", "absent.yaml"], 1),
    (["data", "inspect", "absent"], 1), (["data", "inspect", "a", "--size", "0"], 64),
]

@Suite("Mistakes of users", .serialized)
struct MistakeTests {
    @Test("settings: an absent file, a misspelt key, a wrong value, an invalid combination")
    func settings() throws {
        try withTemporaryFolder { folder in
            try Program.run("train", "--config", "absent.yaml", "--run", "r", in: folder)
                .expectRefusal("absent.yaml", "no such file")
            let toy = SmallRun.preset
            try Program.run("train", "--config", toy, "--run", "r", "--set", "training.stpes=3", in: folder)
                .expectRefusal("training.stpes: unknown key (from --set)", "Did you mean 'steps'?")
            try Program.run("train", "--config", toy, "--run", "r", "--set", "training.steps=0", in: folder)
                .expectRefusal("training.steps: must be at least 1, found 0")
            try Program.run("train", "--config", toy, "--run", "r", "--set", "training.learning_rate=1e39", in: folder)
                .expectRefusal("training.learning_rate: must be at most 3.4028235e+38", "found 1e39 (from --set)")
            try Program.run("train", "--config", toy, "--run", "r", "--set", "training=", in: folder)
                .expectRefusal("training: expected a section with keys", "Write --set training.KEY=VALUE")
            try Program.run("train", "--config", toy, "--run", "r", "--set", "training.betas=0.9,0.99", in: folder)
                .expectRefusal("training.betas: expected a list", "Write [0.9, 0.99]")
            try Program.run("train", "--config", toy, "--run", "r", "--set", "training.device=gpu", in: folder)
                .expectRefusal("There is no device 'gpu'. Write cpu, cuda, cuda:N or mps.")
            try Program.run("train", "--config", toy, "--run", "r", "--set", "data={name: mnist}", in: folder)
                .expectRefusal("network: takes vectors, not maps: use unet or dit")
            let flow = URL(filePath: toy).deletingLastPathComponent().appending(path: "toy-flow.yaml").path
            try Program.run(
                "train", "--config", flow, "--run", "r", "--set", "data.count=500", "--set", "method.batch=501",
                in: folder
            ).expectRefusal(
                "method.batch: a batch of 501 examples is more than the 500 of two_modes. Write method.batch: 500")
            try Program.run(
                "train", "--config", toy, "--run", "r", "--set", "data.count=500", "--set", "method.positives=501",
                in: folder
            ).expectRefusal(
                "method.positives, two_modes: Class 'two_modes' (number 0) should give 501 different examples")
            try "# no {braces} count\n".write(
                to: folder.appending(path: "empty.yaml"), atomically: true, encoding: .utf8)
            try Program.run("train", "--config", "empty.yaml", "--run", "r", in: folder)
                .expectRefusal("empty.yaml: holds no settings", "For the defaults write {}")
            try "training: {steps: 3\nstep".write(
                to: folder.appending(path: "broken.yaml"), atomically: true, encoding: .utf8)
            try Program.run("train", "--config", "broken.yaml", "--run", "r", in: folder).expectRefusal("broken.yaml")
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "r").path))
        }
    }

    @Test("arguments that do not go together say which to leave out")
    func arguments() throws {
        try withTemporaryFolder { folder in
            try Program.run("train", "--run", "r", in: folder).expectRefusal("Give --config FILE", "--resume")
            try Program.run("train", "--run", "r", "--resume", "--set", "a=1", in: folder)
                .expectRefusal("leave --set out")
            try Program.run("train", "--run", "r", "--resume", in: folder)
                .expectRefusal("r holds no run", "a new run is started without --resume")
            try Program.run("sample", "--run", "r", "--count", "4", "--out", "a", in: folder)
                .expectRefusal("--out must end in .png, .npz, .npy or /: 'a'")
            try Program.run("sample", "--run", "r", "--count", "0", "--out", "a.npz", in: folder)
                .expectRefusal("--count must be at least 1")
            try Program.run("sample", "--run", "r", "--count", "4", "--out", "b/a.npz", in: folder)
                .expectRefusal("there is no folder", "Make it first")
            try Program.run("sample", "--run", "r", "--count", "4", "--out", "a.npz", in: folder)
                .expectRefusal("r holds no run")
            for minutes in ["0", "1e30"] {
                try Program.run("demo", "--minutes=\(minutes)", in: folder).expectRefusal("--minutes")
            }
            try Program.run("demo", "--minutes=1", "--steps=1", in: folder).expectRefusal("not both")
        }
    }

    @Test("mistakes that need no file to be seen end with 64, all others with 1", arguments: mistakes)
    func codes(_ arguments: [String], _ status: Int32) throws {
        try withTemporaryFolder { folder in
            let outcome = try Program(arguments, in: folder).outcome()
            outcome.expectRefusal()
            #expect(outcome.status == status, "\(outcome.errors)")
        }
    }

    @Test("a number that an option does not take is called that, negative ones too")
    func numbers() throws {
        try withTemporaryFolder { folder in
            let sample = ["sample", "--run", "r", "--out", "a.npz", "--count"]
            try Program(sample + ["4", "--seed", "-1"], in: folder).outcome()
                .expectRefusal("The value '-1' is invalid for '--seed <seed>'. It takes a whole number from 0 on.")
            try Program(sample + ["-4"], in: folder).outcome().expectRefusal("--count must be at least 1, not -4")
            try Program(sample + ["4.5"], in: folder).outcome()
                .expectRefusal("The value '4.5' is invalid for '--count <count>'. It takes a whole number from 1 on.")
            try Program.run("demo", "--seed", "-1", in: folder)
                .expectRefusal("--seed must be a whole number from 0 on, not -1")
        }
    }

    @Test("links that lead nowhere are called that, as a run and as data")
    func danglingLinks() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "link").path, withDestinationPath: "gone")
            let reason = "a symbolic link to 'gone', where nothing is"
            try Program(SmallRun.toy("link", steps: 1), in: folder).outcome().expectRefusal("link: it is \(reason)")
            try Program.run("train", "--run", "link", "--resume", in: folder).expectRefusal(reason)
            try Program.run("sample", "--run", "link", "--count", "1", "--out", "a.npz", in: folder)
                .expectRefusal(reason)
            try Program.run("data", "inspect", "link", in: folder).expectRefusal(reason)
        }
    }

    @Test("known data are called by any spelling, in settings too; images in place of points are told, and slips")
    func names() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.flow("flow", steps: 2) + ["--set", "data.distribution=two-modes"], in: folder)
                .outcome()
                .expectSuccess()
            let evaluate = ["evaluate", "--run", "flow", "--count", "60", "--metrics", "mmd", "--data"]
            try Program(evaluate + ["Two-Modes"], in: folder).outcome().expectSuccess()
            try Program(evaluate + ["FashionMNIST"], in: folder).outcome()
                .expectRefusal("--data: fashion-mnist holds images, but the samples are points")
            try Program(evaluate + ["two_mods"], in: folder).outcome().expectRefusal("Did you mean 'two_modes'?")
            for name in ["fashion-mnist", "fashion_mnist", "FashionMNIST"] {
                let yaml = "data: {name: \(name), path: absent}\nnetwork: {name: conv-generator}"
                try Data(yaml.utf8).write(to: folder.appending(path: "a.yaml"))
                try Program.run("train", "--config", "a.yaml", "--run", "r", in: folder)
                    .expectRefusal("absent: there is no such folder")
            }
        }
    }

    @Test("minutes that are over already are refused, and short times are told in seconds")
    func minutes() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.flow("flow", steps: 2) + ["--set", "training.minutes=0.5"], in: folder).outcome()
                .expectSuccess()
            let log = folder.appending(path: "flow/metrics.jsonl")
            try #"{"step":2,"seconds":90,"loss":1}\#n"#.write(to: log, atomically: true, encoding: .utf8)
            try Program.run("train", "--run", "flow", "--resume", "--minutes", "0.01", in: folder)
                .expectRefusal("--minutes 0.01: flow has been trained for 1.5 minutes already", "such as --minutes 3")
        }
    }

    @Test("data: an absent folder, an absent data set, a gzip that is cut short, files that are exchanged")
    func data() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            let arguments = try SmallRun.images("run", data: data, steps: 1)
            try Program(arguments, in: folder).outcome()
                .expectRefusal("\(data.path): there is no such folder. Correct data.path")
            try SmallMNIST.write(to: data, perClass: 2)
            let images = data.appending(path: "train-images-idx3-ubyte")
            let labels = data.appending(path: "train-labels-idx1-ubyte")
            // A gzip of one stored block, whose end is missing.
            let gzip = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0xE8, 3, 0x17, 0xFC, 0, 0, 8, 3])
            let compressed = images.appendingPathExtension("gz")
            try gzip.write(to: compressed)
            try Program(arguments, in: folder).outcome().expectRefusal(compressed.path, "cut short")
            try FileManager.default.removeItem(at: compressed)
            let content = try Data(contentsOf: images)
            try content.dropLast(1).write(to: images)
            try Program(arguments, in: folder).outcome().expectRefusal(images.path, "cut short")
            try Data(contentsOf: labels).write(to: images)
            try Program(arguments, in: folder).outcome()
                .expectRefusal(images.path, "check that the two files are not exchanged")
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run").path))
        }
    }

    @Test("checkpoints: a file that is missing or cut short is named")
    func checkpoints() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.toy("run", steps: 2), in: folder).outcome().expectSuccess()
            let checkpoint = folder.appending(path: "run/checkpoints/step-000002")
            let file = checkpoint.appending(path: "optimizer.safetensors")
            let content = try Data(contentsOf: file)
            try content.dropLast(5).write(to: file)
            try Program.run("train", "--run", "run", "--resume", in: folder).expectRefusal(
                "run/checkpoints/step-000002/optimizer.safetensors")
            try FileManager.default.removeItem(at: file)
            try Program.run("train", "--run", "run", "--resume", in: folder).expectRefusal(
                "run/checkpoints/step-000002/optimizer.safetensors")
            try Program(SmallRun.toy("run", steps: 2), in: folder).outcome()
                .expectRefusal("run holds a run already (saved after step 2). Continue it with --resume")
        }
    }

    @Test("places that cannot be written to are named")
    func places() throws {
        try withTemporaryFolder { folder in
            try "".write(to: folder.appending(path: "file"), atomically: true, encoding: .utf8)
            for run in ["file", "file/run", "/proc/run"] {
                try Program(SmallRun.toy(run, steps: 1), in: folder).outcome().expectRefusal(run)
            }
            try "".write(to: folder.appending(path: "other"), atomically: true, encoding: .utf8)
            try Program(SmallRun.toy(".", steps: 1), in: folder).outcome().expectRefusal(
                "is not empty", "another folder")
            try Program(SmallRun.toy("run", steps: 1), in: folder).outcome().expectSuccess()
            try Program.run("sample", "--run", "run", "--count", "4", "--out", "/proc/a.npz", in: folder)
                .expectRefusal("/proc/a.npz")
        }
    }

    // Only root may mount a small disk, and not in every container.
    @Test(
        "a full disk stops the run with what is full and how to go on; with space again it resumes to the same bits",
        .enabled("a small disk can be mounted") { canMount })
    func fullDisk() throws {
        try withTemporaryFolder { folder in
            let disk = folder.appending(path: "disk")
            try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
            try #require(Self.mount(disk))
            defer { _ = Self.system("umount", disk.path) }
            let filler = disk.appending(path: "filler")
            try Data(count: 2_400_000).write(to: filler)
            let arguments = SmallRun.toy("disk/run", steps: 8, checkpointEvery: 2)
            try Program(arguments, in: folder).outcome()
                .expectRefusal("disk/run/checkpoints/", "No space left on device", "has room")
            try FileManager.default.removeItem(at: filler)
            try Program.run("train", "--run", "disk/run", "--resume", in: folder).expectSuccess()
            try Program(SmallRun.toy("whole", steps: 8, checkpointEvery: 2), in: folder).outcome().expectSuccess()
            for name in ["model.safetensors", "ema.safetensors", "optimizer.safetensors", "state.json"] {
                let whole = try SmallRun.checkpoint(name, of: folder.appending(path: "whole"))
                #expect(try SmallRun.checkpoint(name, of: disk.appending(path: "run")) == whole)
            }
        }
    }

    /// True if this process may mount a disk in memory.
    private static let canMount =
        (try? withTemporaryFolder { folder in
            geteuid() == 0 && mount(folder) && system("umount", folder.path)
        }) ?? false

    private static func mount(_ folder: URL) -> Bool {
        system("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder.path)
    }

    /// True if a command of the system succeeded.
    private static func system(_ command: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
