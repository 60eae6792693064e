import Foundation
import TestSupport
import Testing

@Suite("Training that is stopped", .serialized)
struct StoppedTests {
    @Test("killed again and again in the middle, a run ends with the same bits as one that never stopped")
    func killed() throws { try kill { SmallRun.toy($0, steps: $1, checkpointEvery: $2) } }

    @Test("so does a run of flow matching")
    func killedFlow() throws { try kill { SmallRun.flow($0, steps: $1, checkpointEvery: $2) } }

    private func kill(_ train: (_ run: String, _ steps: Int, _ checkpointEvery: Int) -> [String]) throws {
        try withTemporaryFolder { folder in
            let steps = 60
            try Program(train("whole", steps, 7), in: folder).outcome().expectSuccess()
            let run = folder.appending(path: "killed")
            var arguments = train("killed", steps, 7)
            var kills = 0
            // The last kill falls into saving the checkpoint of step 49, as near as a line of the log can tell.
            for line in [2, 15, 28, 30, 48] {
                let program = try Program(arguments, in: folder)
                program.wait { SmallRun.logged(run) >= line }
                program.send(SIGKILL)
                kills += try program.outcome().status == 128 + SIGKILL ? 1 : 0
                arguments = ["train", "--run", "killed", "--resume"]
            }
            #expect(kills >= 4, "the program was faster than the test")
            try Program(arguments, in: folder).outcome().expectSuccess()
            for name in ["model.safetensors", "ema.safetensors", "optimizer.safetensors", "state.json"] {
                let whole = try SmallRun.checkpoint(name, of: folder.appending(path: "whole"))
                #expect(try SmallRun.checkpoint(name, of: run) == whole, "\(name) differs")
            }
            #expect(try log(run) == log(folder.appending(path: "whole")))
            let samples = try [run, folder.appending(path: "whole")].map { url in
                try (0...3).map { try Data(contentsOf: url.appending(path: "samples/step-0000\($0 * 2)0.npy")) }
            }
            #expect(samples[0] == samples[1])
        }
    }

    /// The lines of the log without their seconds.
    private func log(_ run: URL) throws -> [String] {
        let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
        return text.split(separator: "\n").map { String($0).replacing(/"seconds":[^,]*,/, with: "") }
    }

    @Test(
        "SIGINT, SIGTERM and SIGHUP finish the step, save, say how to go on, and exit with 128 + signal",
        arguments: [SIGINT, SIGTERM, SIGHUP])
    func stopped(_ signal: Int32) throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "a run")
            let program = try Program(SmallRun.toy("a run", steps: 5000, checkpointEvery: 5000), in: folder)
            program.wait { SmallRun.logged(run) >= 3 }
            program.send(signal)
            let outcome = try program.outcome()
            #expect(outcome.status == 128 + signal, "\(outcome.errors)")
            #expect(outcome.errors.contains("Stopping after this step; a second signal stops at once."))
            #expect(outcome.errors.contains("  pushforward train --run 'a run' --resume"))
            let logged = SmallRun.logged(run)
            #expect(
                outcome.errors.contains("Stopped after step \(logged) of the stage generator; everything is saved."),
                "\(outcome.errors)")
            struct State: Decodable { let step: Int }
            let state = try JSONDecoder().decode(State.self, from: SmallRun.checkpoint("state.json", of: run))
            #expect(state.step == logged)
        }
    }

    @Test("a second process is kept from a run that one trains")
    func busy() throws {
        try withTemporaryFolder { folder in
            let program = try Program(SmallRun.toy("run", steps: 5000), in: folder)
            program.wait { SmallRun.logged(folder.appending(path: "run")) >= 1 }
            try Program.run("train", "--run", "run", "--resume", in: folder).expectRefusal("run is in use by process")
            // The refused one has left the owner's name.
            let lock = try String(contentsOf: folder.appending(path: "run/.lock"), encoding: .utf8)
            #expect(lock.split(separator: " ").first.flatMap { Int32($0) } != nil)
            program.send(SIGKILL)
            _ = try program.outcome()
        }
    }

    @Test("a terminal that is gone, with its HUP, loses nothing")
    func lostTerminal() throws {
        try withTemporaryFolder { folder in
            let run = folder.appending(path: "run")
            let program = try Program(
                SmallRun.toy("run", steps: 5000, checkpointEvery: 5000), in: folder, redirecting: "2>/dev/full")
            program.wait { SmallRun.logged(run) >= 3 }
            program.send(SIGHUP)
            #expect(try program.outcome().status == 129)
            #expect(try SmallRun.checkpoint("state.json", of: run).count > 0)
            let logged = SmallRun.logged(run)
            let last = run.appending(path: "checkpoints/latest")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: last.path).hasSuffix("\(logged)"))
        }
    }

    @Test("a signal before the first step ends the program at once", arguments: [SIGTERM, SIGHUP])
    func early(_ signal: Int32) throws {
        try withTemporaryFolder { folder in
            // Pictures of a hundred classes of points before the first step, by many steps each.
            let arguments =
                SmallRun.flow("run", steps: 5) + [
                    "--set", "sampling.preview_steps=100000", "--set", "sampling.steps=100000", "--set",
                    "evaluation.samples=0",
                ]
            let program = try Program(arguments, in: folder)
            program.wait { FileManager.default.fileExists(atPath: folder.appending(path: "run/provenance.json").path) }
            usleep(300_000)
            let start = Date()
            program.send(signal)
            let outcome = try program.outcome()
            #expect(outcome.status == 128 + signal, "\(outcome.errors)")
            #expect(outcome.errors.contains("Stopped between steps"), "\(outcome.errors)")
            #expect(-start.timeIntervalSinceNow < 5)
        }
    }
}
