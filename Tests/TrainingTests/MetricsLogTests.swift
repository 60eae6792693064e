import FileFormats
import Foundation
import TestSupport
import Testing
import Training

@Suite("Metrics log")
struct MetricsLogTests {
    private func withLog(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try body(folder.appending(path: "metrics.jsonl"))
        }
    }

    private func record(_ step: Int, _ loss: Double = 0.5) -> MetricsRecord {
        MetricsRecord(step: step, seconds: Double(step) / 4, values: ["loss": loss, "tau 0.02": 1e-5])
    }

    @Test("a record is a line of JSON: step, seconds, then the values by name")
    func lines() throws {
        try withLog { url in
            let log = try MetricsLog(url, keepingUpTo: 0)
            try log.append(record(1))
            let odd = ["a\"\\\n\u{1}é": 1.0, "nan": .nan, "up": .infinity, "down": -.infinity]
            try log.append(MetricsRecord(step: 2, seconds: 0.5, values: odd))
            #expect(
                try text(of: url) == #"""
                    {"step":1,"seconds":0.25,"loss":0.5,"tau 0.02":1e-05}
                    {"step":2,"seconds":0.5,"a\"\\\u000a\u0001é":1.0,"down":"-Infinity","nan":"NaN","up":"Infinity"}

                    """#)
            // The lines are JSON to others as well.
            for line in try text(of: url).split(separator: "\n") {
                #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
            }
        }
    }

    @Test("what is written is read back, to the last bit", arguments: 0..<50)
    func roundTrip(seed: UInt64) throws {
        var bits = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let values = (0..<20).map { index in
            bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return ("value \(index)", Double(bitPattern: bits))
        }
        let record = MetricsRecord(
            step: Int(seed), seconds: 1 / 3, values: Dictionary(uniqueKeysWithValues: values))
        try withLog { url in
            try MetricsLog(url, keepingUpTo: 0).append(record)
            let again = try #require(try MetricsLog.records(in: url).first)
            #expect(again.step == record.step && again.seconds == record.seconds)
            #expect(again.values.keys == record.values.keys)
            for (name, value) in record.values where !value.isNaN { #expect(again.values[name] == value) }
            for (name, value) in record.values where value.isNaN { #expect(again.values[name]?.isNaN == true) }
        }
    }

    @Test("a series has the steps that have the value, and only those")
    func series() {
        let other = MetricsRecord(step: 2, seconds: 1, values: ["distance": 4])
        let series = [record(1), other, record(3, .infinity)].series("loss")
        #expect(series.steps == [1, 3] && series.values == [0.5, .infinity])
        #expect([record(1), other].series("distance").values == [4])
        #expect([record(1)].series("none").steps.isEmpty)
    }

    @Test("a resumed log equals that of an uninterrupted run, wherever it was cut", arguments: 0...6)
    func resume(step: Int) throws {
        try withLog { url in
            let whole = try MetricsLog(url, keepingUpTo: 0)
            // Two records for the fourth step, as with an evaluation.
            let records = [1, 2, 3, 4, 4, 5, 6].map { record($0) }
            for record in records { try whole.append(record) }
            let expected = try text(of: url)

            let resumed = try MetricsLog(url, keepingUpTo: step)
            #expect(resumed.last == records.last { $0.step <= step })
            #expect(try MetricsLog.records(in: url) == records.filter { $0.step <= step })
            for record in records where record.step > step { try resumed.append(record) }
            #expect(try text(of: url) == expected)
        }
    }

    @Test("a last line that was cut anywhere is removed, and the reader leaves it out")
    func tornLine() throws {
        try withLog { url in
            let log = try MetricsLog(url, keepingUpTo: 0)
            try log.append(record(1))
            let first = try text(of: url)
            try log.append(record(2))
            let both = try text(of: url)
            for length in first.count..<both.count {
                try both.prefix(length).write(to: url, atomically: false, encoding: .utf8)
                #expect(try MetricsLog.records(in: url).map(\.step) == [1])
                #expect(try MetricsLog(url, keepingUpTo: 9).last?.step == 1)
                #expect(try text(of: url) == first)
            }
        }
    }

    @Test("zeros that a power failure left at the end are removed")
    func zeros() throws {
        try withLog { url in
            let whole = try MetricsLog(url, keepingUpTo: 0)
            try whole.append(record(1))
            let first = try text(of: url)
            for tail in ["\0\0\0", "\0\0\n", "{\"step\":2\n"] {
                try (first + tail).write(to: url, atomically: false, encoding: .utf8)
                #expect(try MetricsLog(url, keepingUpTo: 9).last?.step == 1)
                #expect(try text(of: url) == first)
            }
        }
    }

    @Test("a damaged line in the middle is named; a missing file too")
    func damage() throws {
        try withLog { url in
            try "{\"step\":1,\"seconds\":1}\noops\n".write(to: url, atomically: false, encoding: .utf8)
            let error = #expect(throws: FileError.self) { try MetricsLog.records(in: url) }
            #expect(error?.description == "\(url.path): line 2 is not a record of metrics. Remove that line.")
            #expect(throws: FileError.self) { try MetricsLog.records(in: url.appendingPathExtension("no")) }
            #expect(throws: FileError.self) { try MetricsLog(url.appending(path: "no/metrics"), keepingUpTo: 0) }
        }
    }

    @Test("when a line does not fit on the disk, the log stays as it was")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            // A limit for files stands for the full disk: the last write ends in the middle of a line.
            signal(SIGXFSZ, SIG_IGN)
            let url = FileManager.default.temporaryDirectory.appending(path: "full-\(getpid()).jsonl")
            defer { try? FileManager.default.removeItem(at: url) }
            let log = try MetricsLog(url, keepingUpTo: 0)
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            var step = 0
            #expect(throws: FileError.self) {
                while true {
                    try log.append(MetricsRecord(step: step + 1, seconds: 0, values: [:]))
                    step += 1
                }
            }
            #expect(log.last?.step == step && step > 10)
            #expect(try MetricsLog.records(in: url).count == step)
            #expect(try text(of: url).last == "\n")
        }
    }

    @Test(
        "a record with a step or seconds that cannot be is damaged, not believed",
        arguments: [
            "-1,\"seconds\":1", "1.5,\"seconds\":1", "1e30,\"seconds\":1", "2,\"seconds\":-1", "2,\"seconds\":\"NaN\"",
        ])
    func impossible(_ fields: String) throws {
        try withLog { url in
            try "{\"step\":1,\"seconds\":1}\n{\"step\":\(fields)}\n".write(to: url, atomically: false, encoding: .utf8)
            let error = #expect(throws: FileError.self) { try MetricsLog.records(in: url) }
            #expect(error?.problem == "line 2 is not a record of metrics")
            // A run that resumes drops it at the end.
            #expect(try MetricsLog(url, keepingUpTo: 9).last?.seconds == 1)
        }
    }
}
