import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("The health of runs", .serialized)
struct HealthTests {
    private func normal(_ count: Int, seed: UInt64) -> Tensor { .randn([count, 8], using: RandomSource(Seed(seed))) }

    private let overlap = ExaminationMeasure(drawn: ["overlap_0.2"]) { samples, real in
        ["overlap_0.2": KernelOverlap.between(samples, real, temperatures: [0.2])[0]]
    }

    private func examination() throws -> Examination {
        try Examination(against: normal(200, seed: 1), reference: normal(800, seed: 2), measures: [overlap])
    }

    @Test("samples of the data's distribution have their variety, spread and overlap")
    func sound() throws {
        let values = try examination().values(of: normal(200, seed: 3))
        assertClose(try #require(values["distinct_neighbours"]), 1, absolute: 0.15)
        #expect(values["duplicates"] == 0 && values["finite"] == 1)
        assertClose(try #require(values["spread"]), 1, absolute: 0.05)
        assertClose(try #require(values["overlap_0.2"]), 1, absolute: 0.1)
        #expect(try #require(values["frechet"]) < 0.5)
    }

    @Test("copies of a few samples show as few neighbours and as duplicates")
    func collapsed() throws {
        let copies = normal(4, seed: 3).repeat(50, 1) + normal(200, seed: 4) * 1e-3
        let values = try examination().values(of: copies)
        #expect(try #require(values["distinct_neighbours"]) < 0.05)
        #expect(values["duplicates"] == 1)
    }

    @Test("samples that have gone far show it, and those that are not finite say only that")
    func far() throws {
        let values = try examination().values(of: normal(200, seed: 3) * 10 + 50)
        #expect(try #require(values["spread"]) > 9)
        #expect(try #require(values["overlap_0.2"]) < 0.1)
        #expect(try examination().values(of: .full([200, 8], .nan)) == ["finite": 0])
    }

    @Test("collapse is reported of a run that was better before, or is in its second half")
    func collapseVerdicts() throws {
        let (good, bad) = (["distinct_neighbours": 0.9], ["distinct_neighbours": 0.1])
        var early = RunHealth()
        #expect(early.judge(bad, isLate: false) == .healthy)
        #expect(early.judge(bad, isLate: false) == .healthy)
        #expect(early.judge(bad, isLate: true).warning(advice: "rest.")?.contains("10 % as many") == true)
        var relapse = RunHealth()
        #expect(relapse.judge(good, isLate: false) == .healthy)
        #expect(
            relapse.judge(["duplicates": 0.75], isLate: false).warning(advice: "rest.")?.contains("75 % of them")
                == true)
        #expect(relapse.judge(good, isLate: false) == .healthy)
    }

    @Test("divergence is reported of a spread, of two bad distances in a row, and of values that are not finite")
    func divergenceVerdicts() {
        var health = RunHealth()
        #expect(health.judge(["frechet": 4], isLate: false) == .healthy)
        #expect(health.judge(["frechet": 9], isLate: false) == .healthy)
        #expect(
            health.judge(["frechet": 9.5], isLate: false).warning(advice: "rest.")?.contains("grown from 4 to 9.5")
                == true)
        #expect(health.judge(["frechet": 5], isLate: false) == .healthy)
        #expect(health.judge(["spread": 7], isLate: false).warning(advice: "rest.")?.contains("7 times as far") == true)
        #expect(health.judge(["finite": 0], isLate: false).warning(advice: "rest.")?.contains("not finite") == true)
    }

    @Test("what is no larger than between real samples is no divergence")
    func noise() throws {
        let distance = try examination().noise
        #expect(distance > 0 && distance < 0.5)
        var health = RunHealth(noise: distance)
        for factor in [0.01, 0.9, 1.5, 1.9] {
            #expect(health.judge(["frechet": factor * distance], isLate: false) == .healthy)
        }
        #expect(health.judge(["frechet": 3 * distance], isLate: false) == .healthy)
        #expect(
            health.judge(["frechet": 3 * distance], isLate: false).warning(advice: "rest.")?.contains(
                "has grown from 0.") == true)
    }

    @Test("a run of fewer steps than between examinations is examined after its last")
    func short() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url.appending(path: "toy"))
            try SmallRuns.train(folder.url, SmallRuns.toy(steps: 2, "evaluation.every=50"))
            let records = try MetricsLog.records(in: folder.metrics).filter { $0.values["finite"] != nil }
            #expect(records.map(\.step) == [2])
        }
    }

    @Test("a run logs its examinations, draws them, and resumes to the same ones")
    func run() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            try SmallRuns.train(url, SmallRuns.toy(steps: 7))
            let records = try MetricsLog.records(in: folder.metrics).filter { $0.values["finite"] != nil }
            #expect(records.map(\.step) == [3, 6, 7])
            let names = Set(["finite", "frechet", "distinct_neighbours", "duplicates", "spread"])
            #expect(names.isSubset(of: Set(records[0].values.keys)))
            let plots = try files(in: folder.plots)
            #expect(
                Set(["quality.png", "variety.png", "gradient.png", "strength.png", "features.png"]).isSubset(of: plots))
        }
    }

    private func files(in folder: URL) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
    }

    @Test("a run whose samples fly away says so, above the progress line")
    func divergingRun() throws {
        try withTemporaryFolder { url in
            var said = ""
            let settings = try SmallRuns.toy(
                steps: 60, "training.learning_rate=3", "training.clip=null", "evaluation.every=10",
                "training.warmup_steps=0")
            try SmallRuns.train(url, settings) { text in
                said += text
                return false
            }
            #expect(said.contains("The samples diverge") || said.contains("have collapsed"), "\(said.suffix(2000))")
        }
    }

    @Test("examined in the built-in judge's features or in plain pixels, and not at all if none are wanted")
    func judges() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 10)
            for (name, isExamined) in [("judge=own", true), ("judge=pixels", true), ("samples=0", false)] {
                let folder = url.appending(path: name)
                try SmallRuns.train(folder, SmallRuns.images(data, steps: 2, "evaluation.\(name)"))
                let records = try MetricsLog.records(in: RunFolder(folder).metrics)
                #expect(records.contains { $0.values["frechet"] != nil } == isExamined)
            }
        }
    }

    @Test("a verdict that comes and goes is told once, and counted")
    func tally() {
        var tally = VerdictTally()
        let diverged = RunHealth.Verdict.diverged("they spread 9 times as far as the data")
        var told = 0
        for index in 0..<40 {
            told += tally.add(index % 6 == 5 ? .healthy : .diverged("they spread \(index) times as far")) ? 1 : 0
        }
        #expect(told == 1)
        #expect(tally.share(of: diverged) == " 34 of 40 examinations said so.")
        #expect(tally.share(of: .healthy) == "")
        let isFirst = tally.add(.collapsed("60 % of them nearly have a twin"))
        #expect(isFirst && tally.share(of: .collapsed("another reason")) == "")
        let isAgain = tally.add(.collapsed("another reason"))
        #expect(!isAgain)
        #expect(tally.share(of: .collapsed("")) == " 2 of 42 examinations said so.")
    }
}
