import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Runs with every field", .serialized)
struct FieldRunsTests {
    @Test(
        "train, and go on to the same bits",
        arguments: [
            "{name: mean_shift, kernel: laplace, temperatures: [0.5]}", "{name: score_difference, second_batch: true}",
            "{name: mmd}", "{name: sinkhorn, cost: squared, iterations: 10}",
            "{name: released, normalisation: targets, attraction: 1.5}",
        ])
    func fields(_ field: String) throws {
        try withTemporaryFolder { url in
            let (whole, halves) = (url.appending(path: "whole"), url.appending(path: "halves"))
            let change = "method.field=\(field)"
            let annealing = "method.annealing={steps: 5}"
            try SmallRuns.train(whole, SmallRuns.toy(steps: 6, change, annealing))
            try SmallRuns.train(halves, SmallRuns.toy(steps: 3, change, annealing))
            try SmallRuns.train(halves, SmallRuns.toy(steps: 6, change, annealing), resuming: true)
            let logs = try [whole, halves].map { try MetricsLog.records(in: RunFolder($0).metrics) }
            #expect(logs[0].map(\.values) == logs[1].map(\.values))
            let last = try #require(logs[0].last).values
            #expect(last.contains { $0.key.hasPrefix("strength_") && $0.value > 0 })
        }
    }

    @Test("with queues and guidance a run of images goes on to the same bits")
    func queues() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 4)
            let (whole, halves) = (url.appending(path: "whole"), url.appending(path: "halves"))
            let queue = "method.queue={per_class: 3, any_class: 5, arrivals: 2}"
            try SmallRuns.train(whole, SmallRuns.images(data, steps: 4, queue))
            try SmallRuns.train(halves, SmallRuns.images(data, steps: 2, queue))
            try SmallRuns.train(halves, SmallRuns.images(data, steps: 4, queue), resuming: true)
            let logs = try [whole, halves].map { try MetricsLog.records(in: RunFolder($0).metrics) }
            #expect(logs[0].map(\.values) == logs[1].map(\.values))
            // Queues give more than a class has, by repeating; the whole data set does not.
            try SmallRuns.train(
                url.appending(path: "short"), SmallRuns.images(data, steps: 1, queue, "method.positives=6"))
        }
    }

    @Test("a run in parts follows that in one go")
    func chunks() throws {
        try withTemporaryFolder { url in
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            try SmallRuns.train(whole, SmallRuns.toy(steps: 5, "training.precision=float32"))
            try SmallRuns.train(parts, SmallRuns.toy(steps: 5, "training.precision=float32", "method.chunk=3"))
            let logs = try [whole, parts].map { try MetricsLog.records(in: RunFolder($0).metrics) }
            for (a, b) in zip(logs[0], logs[1]) {
                assertClose(b.values["gradient_norm"] ?? .nan, a.values["gradient_norm"] ?? 0, relative: 1e-3)
                assertClose(b.values["strength_0.2"] ?? .nan, a.values["strength_0.2"] ?? 0, relative: 1e-3)
            }
        }
    }

    @Test("widths shrink exponentially to 1, and stay there")
    func annealing() throws {
        var annealing = AnnealingSettings()
        (annealing.initial, annealing.steps) = (8, 6)
        let expected = [8, 4 * 2.0.squareRoot(), 4, 2 * 2.0.squareRoot(), 2, 2.0.squareRoot(), 1, 1]
        for (step, width) in expected.enumerated() { assertClose(annealing.width(at: step), width) }
    }
}
