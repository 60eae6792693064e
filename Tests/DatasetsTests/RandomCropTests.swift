import Datasets
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Random parts of images") struct RandomCropTests {
    @Test("Places, sizes and shapes are distributed as torchvision's", arguments: 0..<4)
    func distribution(_ number: Int) throws {
        let file = try NumpyArchive(contentsOf: fixtures().appending(path: "crops.npz"))
        func numbers(_ name: String, _ count: Int) throws -> ArraySlice<Double> {
            try file.array(name).doubles[(number * count)..<((number + 1) * count)]
        }
        let settings = Array(try numbers("settings", 6))
        let moments = Array(try numbers("moments", 12))
        let (width, height, count) = (Int(settings[0]), Int(settings[1]), 20_000)
        let uniform: [Double] = Tensor.rand(
            [count * RandomCrop.draws], using: RandomSource(Seed(3)), dtype: .float64
        ).scalars()
        var values = [[Double]](repeating: [], count: 6)
        for draw in 0..<count {
            let own = Array(uniform[(draw * RandomCrop.draws)..<((draw + 1) * RandomCrop.draws)])
            let region = RandomCrop.region(
                width: width, height: height, scale: settings[2]...settings[3], ratio: settings[4]...settings[5], own)
            #expect(region.x >= 0 && region.y >= 0 && region.width >= 1 && region.height >= 1)
            #expect(region.x + region.width <= width && region.y + region.height <= height)
            let (w, h) = (Double(region.width), Double(region.height))
            let facts = [Double(region.x), Double(region.y), w, h, w * h / Double(width * height), w / h]
            for (place, fact) in facts.enumerated() { values[place].append(fact) }
        }
        for place in 0..<6 {
            let (mean, variance) = (moments[place], moments[6 + place])
            let own = values[place].reduce(0, +) / Double(count)
            // Five standard errors of the difference, torchvision's mean being of 100 000 draws.
            let error = (variance * (1 / Double(count) + 1e-5)).squareRoot()
            #expect(abs(own - mean) <= 5 * error + 1e-9, "value \(place): \(own), torchvision \(mean)")
            let spread = values[place].reduce(0) { $0 + ($1 - own) * ($1 - own) } / Double(count)
            #expect(abs(spread - variance) <= 0.06 * variance + 1e-9, "variance \(place): \(spread), \(variance)")
        }
    }

    private func data(_ count: Int) throws -> TensorDataset {
        try TensorDataset(values: Tensor.randint(1..<256, [count, 3, 12, 12], using: RandomSource(Seed(1))).to(.uint8))
    }

    @Test("A part that is everything is the image itself; the same source draws the same parts")
    func everything() throws {
        let data = try data(4)
        let whole = RandomCrop.resized(scale: 1...1, ratio: 1...1)
        let same = try whole.crops(of: data, at: [2, 0], to: 12, using: RandomSource(Seed(2)))
        #expect((same .== data.examples(at: [2, 0]).values).all().intItem() == 1)
        let part = RandomCrop.resized(scale: 0.2...1, ratio: 0.75...1.5)
        let draws = try (0..<3).map {
            try part.crops(of: data, at: [0, 1, 2, 3], to: 8, using: RandomSource(Seed($0 == 2 ? 9 : 5)))
        }
        #expect(draws[0].shape == [4, 3, 8, 8])
        #expect((draws[0] .== draws[1]).all().intItem() == 1)
        #expect((draws[0] .== draws[2]).all().intItem() == 0)
    }

    @Test("A padded crop is the image, moved by every distance up to the padding equally often")
    func padded() throws {
        let data = try data(1)
        let image = data.values[0]
        let crops = try RandomCrop.padded(2).crops(
            of: data, at: [Int](repeating: 0, count: 2000), to: 12, using: RandomSource(Seed(4)))
        let bordered = image.unsqueeze(0).pad([2, 2, 2, 2], mode: .constant(0))
        var seen = [Int](repeating: 0, count: 25)
        for y in 0..<5 {
            for x in 0..<5 {
                let moved = bordered.slice(2, y, y + 12).slice(3, x, x + 12)
                seen[y * 5 + x] = (crops .== moved).flatten(1, 3).all([1]).to(.int64).sum().intItem()
            }
        }
        #expect(seen.reduce(0, +) == 2000)
        // 80 of each are expected, with a standard deviation of 9.
        #expect(seen.allSatisfy { (35...125).contains($0) }, "\(seen)")
    }

    @Test("Parts of files are taken at the files' resolution")
    func files() throws {
        try withTemporaryFolder { folder in
            var image = Image8(width: 64, height: 64, channels: 1, shade: 0)
            for y in 0..<64 { for x in 0..<64 where (x + y) % 2 == 0 { image[x, y] = 255 } }
            try image.writePNG(to: folder.appending(path: "1.png"))
            let data = try ImageCollection(folder: folder, .init(size: 16))
            // The checks vanish where the image is made small, and are there in a part of 16 x 16.
            let small = try data.examples(at: [0]).values
            #expect(small.amax().intItem() - small.amin().intItem() < 10)
            let part = try RandomCrop.resized(scale: (1.0 / 16)...(1.0 / 16), ratio: 1...1).crops(
                of: data, at: [0], to: 16, using: RandomSource(Seed(0)))
            #expect(part.unique().values.scalars(as: Int.self) == [0, 255])
        }
    }
}
