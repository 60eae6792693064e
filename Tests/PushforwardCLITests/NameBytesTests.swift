import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("Names on the command line are bytes", .serialized)
struct NameBytesTests {
    /// Runs the program with further arguments in the shell's words, in which `$E` is the byte 0xE9, no UTF-8.
    private func run(_ arguments: [String], _ words: String, in folder: URL) throws -> Program.Outcome {
        let script = "E=$(printf '\\351'); exec \"$0\" \"$@\" \(words)"
        return try Program(
            ["-c", script, Program.executable().path] + arguments, in: folder, running: URL(filePath: "/bin/sh")
        ).outcome()
    }

    private func shell(_ script: String, in folder: URL) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "E=$(printf '\\351'); " + script]
        process.currentDirectoryURL = folder
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(script)")
        return String(decoding: data, as: UTF8.self)
    }

    @Test("a run whose folder is no UTF-8 is trained, resumed, sampled and measured; messages show the bytes")
    func run() throws {
        try withTemporaryFolder { folder in
            var arguments = SmallRun.flow("x", steps: 4)
            arguments.removeAll { ["--run", "x"].contains($0) }
            let trained = try run(arguments, "--run deep$E/caf$E", in: folder)
            trained.expectSuccess()
            #expect(trained.errors.contains("Look at deep\\xE9/caf\\xE9/samples"), "\(trained.errors)")
            #expect(!trained.errors.contains("/proc/"), "\(trained.errors)")
            let files = try shell("ls deep$E/caf$E deep$E/caf$E/samples", in: folder)
            #expect(files.contains("config.yaml") && files.contains("final.png"), "\(files)")
            try run(["train", "--resume", "--steps", "6"], "--run deep$E/caf$E", in: folder).expectSuccess()
            let made = try run(["sample", "--count", "5"], "--run deep$E/caf$E --out out$E/a$E.npz", in: folder)
            made.expectRefusal("--out: there is no folder ", "out\\xE9. Make it first")
            _ = try shell("mkdir out$E", in: folder)
            let sampled = try run(["sample", "--count", "200"], "--run deep$E/caf$E --out out$E/a$E.npz", in: folder)
            sampled.expectSuccess()
            #expect(sampled.output.contains("out\\xE9/a\\xE9.npz"), "\(sampled.output)")
            #expect(try shell("ls -A out$E | od -An -tx1", in: folder).contains("61 e9 2e 6e 70 7a 0a"))
            let measured = try run(
                ["evaluate", "--data", "two_modes", "--metrics", "mmd"],
                "--samples out$E/a$E.npz --json out$E/report$E.json", in: folder)
            measured.expectSuccess()
            #expect(measured.output.contains("a\\xE9.npz"), "\(measured.output)")
            #expect(try shell("cat out$E/report$E.json", in: folder).contains("\"mmd\""))
            try run(["evaluate", "--count", "100", "--metrics", "mmd"], "--run=deep$E/caf$E", in: folder)
                .expectSuccess()
            try run(["data", "inspect"], "out$E/a$E.npz", in: folder).expectSuccess()
        }
    }

    @Test("a run that is refused leaves no folder, and one that is not there is called so")
    func refused() throws {
        try withTemporaryFolder { folder in
            var arguments = SmallRun.flow("x", steps: 4) + ["--set", "training.steps=0"]
            arguments.removeAll { ["--run", "x"].contains($0) }
            try run(arguments, "--run deep$E/caf$E", in: folder).expectRefusal("training.steps: must be at least 1")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { $0.hasPrefix(".") })
            try run(["train", "--resume"], "--run caf$E", in: folder).expectRefusal("caf\\xE9 holds no run")
            try run(["sample", "--run", "r", "--count", "1"], "--out caf$E", in: folder)
                .expectRefusal("'caf\\xE9' does not say what to write")
        }
    }

    @Test("data whose names are no UTF-8: images, points and latents, learned from and resumed")
    func data() throws {
        try withTemporaryFolder { folder in
            let manager = FileManager.default
            let photos = folder.appending(path: "photos/a")
            try manager.createDirectory(at: photos, withIntermediateDirectories: true)
            for index in 0..<6 {
                try Image8(width: 8, height: 8, channels: 1, shade: UInt8(40 * index))
                    .writePNG(to: photos.appending(path: "\(index).png"))
            }
            let numbers = (0..<1200).map { Float($0 % 17) }
            try NumpyArray(numbers, shape: [600, 2]).write(to: folder.appending(path: "points.npy"))
            try NumpyArray([Float](repeating: 1, count: 128), shape: [2, 4, 4, 4])
                .write(to: folder.appending(path: "latents.npy"))
            _ = try shell(
                "mv photos/a photos/cl$E; mv photos fotos$E; mv points.npy p$E.npy; mkdir l$E; mv latents.npy l$E/l$E.npy",
                in: folder)
            try run(["data", "inspect"], "fotos$E", in: folder).expectSuccess()
            try run(["data", "inspect"], "l$E", in: folder).expectSuccess()
            let points = try run(["data", "inspect", "--json", "-"], "p$E.npy", in: folder)
            points.expectSuccess()
            #expect(points.output.contains("\"count\" : 600"), "\(points.output)")
            let yaml = """
                network: {name: mlp, width: 8, depth: 2}
                method: {name: flow, batch: 32}
                sampling: {name: ode, steps: 2, preview_steps: 1}
                training: {steps: 2, warmup_steps: 1}
                evaluation: {every: 100, samples: 0}
                """
            try Data(yaml.utf8).write(to: folder.appending(path: "flow.yaml"))
            let trained = try run(
                ["train", "--config", "flow.yaml", "--run", "r", "--set", "data.name=points"],
                "--set data.path=p$E.npy", in: folder)
            trained.expectSuccess()
            try Program.run("train", "--run", "r", "--resume", "--steps", "3", in: folder).expectSuccess()
            try Program.run("evaluate", "--run", "r", "--count", "50", "--metrics", "mmd", in: folder).expectSuccess()
        }
    }

    @Test("in a folder whose name is no UTF-8, relative names are meant from there")
    func workingFolder() throws {
        try withTemporaryFolder { folder in
            _ = try shell("mkdir here$E", in: folder)
            let script = "cd \"$(printf 'here\\351')\" && exec \"$0\" \"$@\""
            func here(_ arguments: [String]) throws -> Program.Outcome {
                try Program(
                    ["-c", script, Program.executable().path] + arguments, in: folder, running: URL(filePath: "/bin/sh")
                ).outcome()
            }
            try here(SmallRun.flow("run", steps: 2)).expectSuccess()
            try here(["sample", "--run", "run", "--count", "3", "--out", "a.npz"]).expectSuccess()
            try here(["data", "inspect", "a.npz"]).expectSuccess()
            #expect(try shell("ls here$E here$E/run", in: folder).contains("config.yaml"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count { !$0.hasPrefix(".") } <= 1)
        }
    }
}
