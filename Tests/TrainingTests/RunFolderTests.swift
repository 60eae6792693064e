import FileFormats
import Foundation
import TestSupport
import Testing
import Training

@Suite("Run folders")
struct RunFolderTests {
    @Test("a new run has its settings, its folders and nothing else, and can be resumed")
    func start() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url.appending(path: "deep/demo"))
            #expect(!folder.exists)
            do {
                let run = try folder.start(configuration: "training: {}\n")
                #expect(run.folder == folder)
                #expect(folder.exists && folder.latestCheckpoint() == nil)
                #expect(try text(of: folder.configuration) == "training: {}\n")
                #expect(try names(in: folder.url) == [".lock", "checkpoints", "config.yaml", "plots", "samples"])
            }
            _ = try folder.resume()
        }
    }

    @Test("a run is not overwritten; what is no run is neither resumed nor overwritten")
    func refusals() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let missing = #expect(throws: RunError.self) { _ = try folder.resume() }
            #expect(missing?.description.contains("holds no run: there is no config.yaml") == true)
            #expect(!FileManager.default.fileExists(atPath: url.path))
            try folder.start(configuration: "").saveSmall(400)
            let exists = #expect(throws: RunError.self) { _ = try folder.start(configuration: "other") }
            #expect(
                exists?.description == "\(url.relativePath) holds a run already (saved after step 400). "
                    + "Continue it with --resume, or choose another folder.")
            #expect(try text(of: folder.configuration).isEmpty)
        }
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try "thesis".write(to: url.appending(path: "thesis.txt"), atomically: true, encoding: .utf8)
            let error = #expect(throws: RunError.self) { _ = try RunFolder(url).start(configuration: "") }
            #expect(error?.description.contains("is not empty (it holds thesis.txt)") == true)
        }
    }

    @Test("a folder that cannot be made is named, with the reason")
    func noFolder() throws {
        try withTemporaryFolder { url in
            try "a file".write(to: url, atomically: true, encoding: .utf8)
            for path in ["", "demo", "deep/demo"] {
                let folder = RunFolder(path.isEmpty ? url : url.appending(path: path))
                let error = #expect(throws: FileError.self) { _ = try folder.start(configuration: "") }
                #expect(error?.file.hasPrefix(url.path) == true && error?.problem.hasPrefix("cannot create: ") == true)
            }
        }
    }

    @Test("only one at a time may write; the lock goes with the value that holds it")
    func lock() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            do {
                let run = try folder.start(configuration: "")
                let error = #expect(throws: RunError.self) { _ = try folder.resume() }
                #expect(error?.description.contains("is in use by process \(getpid()) on ") == true)
                #expect(throws: RunError.self) { _ = try folder.start(configuration: "") }
                withExtendedLifetime(run) {}
            }
            _ = try folder.resume()
            // What a killed process leaves does not count.
            try "1 elsewhere\n".write(to: url.appending(path: ".lock"), atomically: false, encoding: .utf8)
            _ = try folder.resume()
        }
    }

    @Test("checkpoints are listed in the order of their steps, and latest is the one saved last")
    func checkpoints() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let run = try folder.start(configuration: "")
            for step in [1_000_000, 5, 70, 999_999] { try run.saveSmall(step) }
            #expect(folder.allCheckpoints().map(\.step) == [5, 70, 999_999, 1_000_000])
            #expect(folder.latestCheckpoint()?.step == 999_999)
            #expect(folder.checkpoint(after: 5).url.lastPathComponent == "step-000005")
            #expect(try text(of: folder.checkpoints.appending(path: "latest/state")) == "999999")
            // A checkpoint is replaced as a whole.
            try run.save(step: 5) { try "again".write(to: $0.appending(path: "b"), atomically: false, encoding: .utf8) }
            #expect(try names(in: folder.checkpoint(after: 5).url) == ["b"])
            #expect(folder.latestCheckpoint()?.step == 5)
        }
    }

    @Test("a link that is lost, broken or points elsewhere gives way to the newest checkpoint")
    func lostLink() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let run = try folder.start(configuration: "")
            for step in [20, 10] { try run.saveSmall(step) }
            let latest = folder.checkpoints.appending(path: "latest")
            for target in [nil, "step-000030", "../plots", "step-10"] {
                try FileManager.default.removeItem(at: latest)
                if let target {
                    try FileManager.default.createSymbolicLink(atPath: latest.path, withDestinationPath: target)
                } else {
                    try "".write(to: latest, atomically: false, encoding: .utf8)
                }
                #expect(folder.latestCheckpoint()?.step == 20)
            }
            for name in ["step-7", "step-x", "step-000007", "other"] {
                try "no folder".write(
                    to: folder.checkpoints.appending(path: name), atomically: false, encoding: .utf8)
            }
            #expect(folder.allCheckpoints().map(\.step) == [10, 20])
        }
    }

    @Test("a save that fails leaves the former checkpoint and no traces")
    func failedSave() throws {
        struct Full: Error {}
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let run = try folder.start(configuration: "")
            try run.saveSmall(1)
            for step in [1, 2] {
                #expect(throws: Full.self) {
                    try run.save(step: step) { aside in
                        try "half".write(to: aside.appending(path: "state"), atomically: false, encoding: .utf8)
                        throw Full()
                    }
                }
            }
            #expect(folder.latestCheckpoint()?.step == 1)
            #expect(try text(of: folder.checkpoint(after: 1).url.appending(path: "state")) == "1")
            #expect(try names(in: folder.checkpoints) == ["latest", "step-000001"])
        }
    }

    @Test("pruning keeps the newest, the multiples of a period and the latest")
    func prune() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let run = try folder.start(configuration: "")
            for step in stride(from: 10, through: 120, by: 10) { try run.saveSmall(step) }
            try run.prune(keepingLast: 3, andEvery: 50)
            #expect(folder.allCheckpoints().map(\.step) == [50, 100, 110, 120])
            try run.saveSmall(50)
            try run.prune(keepingLast: 1)
            #expect(folder.allCheckpoints().map(\.step) == [50, 120])
            try run.discardCheckpoints(after: 50)
            #expect(folder.allCheckpoints().map(\.step) == [50])
            #expect(try names(in: folder.checkpoints) == ["latest", "step-000050"])
        }
    }

    @Test("who is refused leaves the holder's name in the lock, and no lock in a folder that is none of ours")
    func refusedLock() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let run = try folder.start(configuration: "")
            for _ in 0..<3 {
                let error = #expect(throws: RunError.self) { _ = try folder.resume() }
                #expect(error?.description.contains("is in use by process \(getpid()) on ") == true)
            }
            #expect(try text(of: url.appending(path: ".lock")).hasPrefix("\(getpid()) "))
            withExtendedLifetime(run) {}
        }
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try "thesis".write(to: url.appending(path: "thesis.txt"), atomically: true, encoding: .utf8)
            #expect(throws: RunError.self) { _ = try RunFolder(url).start(configuration: "") }
            #expect(try names(in: url) == ["thesis.txt"])
        }
    }

    @Test("a copy whose link became a folder, or a small file as in some archives, goes on and saves")
    func copiedWithoutLinks() throws {
        for isFolder in [true, false] {
            try withTemporaryFolder { url in
                let folder = RunFolder(url)
                for step in [1, 2] {
                    try (step == 1 ? folder.start(configuration: "") : folder.resume()).saveSmall(step)
                }
                let latest = folder.checkpoints.appending(path: "latest")
                try FileManager.default.removeItem(at: latest)
                if isFolder {
                    try FileManager.default.copyItem(at: folder.checkpoint(after: 2).url, to: latest)
                } else {
                    try "step-000002".write(to: latest, atomically: false, encoding: .utf8)
                }
                #expect(folder.latestCheckpoint()?.step == 2)
                try folder.resume().saveSmall(3)
                #expect(folder.latestCheckpoint()?.step == 3)
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: latest.path) == "step-000003")
                #expect(try names(in: folder.checkpoints) == ["latest", "step-000001", "step-000002", "step-000003"])
            }
        }
    }

    @Test("the folder of a stage is not taken for a run, and the run is named")
    func stage() throws {
        try withTemporaryFolder { url in
            _ = try RunFolder(url).start(configuration: "data: {}\nmethod: {}\n")
            let stage = RunFolder(url.appending(path: "encoder"))
            _ = try stage.start(configuration: "steps: 3\n")
            #expect(throws: Never.self) { try RunFolder(url).requireRun() }
            let error = #expect(throws: RunError.self) { try stage.requireRun() }
            #expect(error?.description.contains("is the stage encoder of the run \(url.relativePath)") == true)
            #expect(throws: RunError.self) { try RunFolder(url.appending(path: "none")).requireRun() }
        }
    }
}
