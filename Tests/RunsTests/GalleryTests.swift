import Foundation
import Pushforward
import TestSupport
import Testing

@Suite(
    "Pictures of runs", .serialized, .enabled(if: Gnuplot.inSearchPath.executable != nil, "gnuplot is not installed"))
struct GalleryTests {
    private func points(_ url: URL, dimensions: Int) throws -> Image8? {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let file = url.appending(path: "points.npy")
        let values = (0..<600 * dimensions).map { Float(($0 * 7919) % 1000) / 500 - 1 }
        try NumpyArray(values, shape: [600, dimensions]).write(to: file)
        let yaml = """
            data: {name: points, path: "\(file.path)"}
            network: {name: mlp, width: 8, depth: 2}
            method: {name: flow, batch: 32}
            sampling: {name: ode, steps: 2, preview_steps: 1}
            training: {steps: 2, warmup_steps: 1}
            evaluation: {every: 1, samples: 0}
            """
        let run = url.appending(path: "run")
        try SmallRuns.train(run, RunSettings().reading(yaml: yaml))
        return try? Image8(contentsOf: run.appending(path: "samples/final.png"))
    }

    @Test(
        "points of any space are drawn in planes: a row for each pair of coordinates",
        arguments: [(2, 1), (3, 3), (4, 2), (9, 3)])
    func planes(dimensions: Int, rows: Int) throws {
        try withTemporaryFolder { url in
            let image = try #require(try points(url, dimensions: dimensions))
            // Three frames of 220 pixels in each row.
            #expect(image.width > 3 * 220)
            #expect(image.height > rows * 220 && image.height < rows * 300 + 100)
        }
    }

    @Test("points of one dimension are drawn as curves of how often each value is")
    func numbers() throws {
        try withTemporaryFolder { url in
            let image = try #require(try points(url, dimensions: 1))
            #expect(image.width == 900 && image.height == 560)
            // The curves of two colours, on white.
            let dark = stride(from: 0, to: image.pixels.count, by: image.channels).count { image.pixels[$0] < 200 }
            #expect(dark > 2000)
        }
    }

    @Test("the strip of the same noise says the step above each column")
    func steps() throws {
        try withTemporaryFolder { url in
            let (data, run) = (url.appending(path: "data"), url.appending(path: "run"))
            try SmallMNIST.write(to: data, perClass: 3)
            try SmallRuns.train(run, SmallRuns.images(data, steps: 4, encoderSteps: 2))
            let strip = try Image8(contentsOf: run.appending(path: "samples/evolution.png"))
            let frames = try names(in: run.appending(path: "samples/evolution")).count
            let column = strip.width / frames
            #expect(frames == 3)
            func ink(_ index: Int) -> Int {
                (0..<16).reduce(0) { sum, y in
                    sum + (index * column..<(index + 1) * column).count { strip[$0, y] == 0 }
                }
            }
            // Digits of 3 x 5, each pixel as four: a nought has 12, a two 11, a four 9.
            #expect((0..<3).map(ink) == [48, 44, 36])
        }
    }
}
