import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Batches of drifting models")
struct DriftingBatchesTests {
    /// Batches of three labels, two generated, three positives and two negatives each, with guidance.
    private func batches(
        in folder: URL, perClass: Int = 5, missing: Int = 0, seed: UInt64 = 3,
        _ change: (inout DriftingMethod) -> Void = { _ in }
    ) throws -> DriftingBatches {
        try SmallMNIST.write(to: folder, perClass: perClass, missing: missing)
        var images = ImageDataSettings()
        images.path = folder.path
        var settings = DriftingMethod()
        (settings.labels, settings.generated, settings.positives, settings.negatives) = (3, 2, 3, 2)
        settings.guidance = GuidanceSettings()
        change(&settings)
        return try DriftingBatches(
            TrainingData(.mnist(images), seed: Seed(1)), settings, device: .cpu, seed: Seed(seed)
        ).drawing(latent: 4)
    }

    private func expectEqual(_ a: DriftingBatch<GeneratorCondition>, _ b: DriftingBatch<GeneratorCondition>) throws {
        assertEqual(a.noise, b.noise)
        assertEqual(a.condition.labels, b.condition.labels)
        assertEqual(a.positives, b.positives)
        assertEqual(try #require(a.negatives), try #require(b.negatives))
        assertEqual(try #require(a.guidance), try #require(b.guidance))
        assertEqual(try #require(a.condition.guidance), try #require(b.condition.guidance))
    }

    @Test("a batch is a pure function of step and seed, whatever was asked for before and by whom")
    func pure() throws {
        try withTemporaryFolder { folder in
            let (one, other) = (try batches(in: folder), try batches(in: folder))
            let first = try (0..<4).map { try one.batch(at: $0) }
            for step in [3, 1, 2, 0, 3] { try expectEqual(first[step], other.batch(at: step)) }
            let another = try batches(in: folder, seed: 4).batch(at: 0)
            #expect((first[0].noise .== first[1].noise).all().intItem() == 0)
            #expect((first[0].noise .== another.noise).all().intItem() == 0)
        }
    }

    @Test("shapes are as documented, noise and condition belong to the label, images are in [-1, 1]")
    func shapes() throws {
        try withTemporaryFolder { folder in
            let batch = try batches(in: folder).batch(at: 7)
            #expect(batch.noise.shape == [6, 4])
            #expect(batch.positives.shape == [3, 3, 1, 32, 32])
            #expect(batch.negatives?.shape == [3, 2, 1, 32, 32])
            #expect(batch.guidance?.shape == [3])
            let labels = batch.condition.labels.scalars(as: Int.self)
            #expect(Set(labels).count == 3 && [0, 2, 4].allSatisfy { labels[$0] == labels[$0 + 1] })
            let strengths: [Float] = try #require(batch.guidance).scalars()
            #expect(try #require(batch.condition.guidance).scalars() == strengths.flatMap { [$0, $0] })
            #expect(batch.positives.amin().item() == -1 && batch.positives.amax().item() <= 1)
            // Class k has a bright bar in rows 2 k and 2 k + 1; padding moved it down by two.
            for (place, label) in [labels[0], labels[2], labels[4]].enumerated() {
                let bar = batch.positives[place].slice(2, 2 + 2 * label, 4 + 2 * label).slice(3, 2, 30)
                #expect(bar.amin().item() > 0.4)
            }
        }
    }

    @Test("without a number of labels, every class is there once")
    func allClasses() throws {
        try withTemporaryFolder { folder in
            let batch = try batches(in: folder) { $0.labels = nil }.batch(at: 0)
            #expect(batch.condition.labels.scalars(as: Int.self) == (0..<20).map { $0 / 2 })
        }
    }

    @Test("a class with fewer examples than positives is refused when the batches are made, with its number")
    func smallClass() throws {
        try withTemporaryFolder { folder in
            _ = try batches(in: folder, perClass: 5, missing: 2)
            let error = #expect(throws: DatasetError.self) { try batches(in: folder, perClass: 5, missing: 3) }
            #expect(error?.description.contains("Class 9 should give 3 different examples, but it has 2") == true)
            #expect(throws: DatasetError.self) { try batches(in: folder, perClass: 3) { $0.negatives = 31 } }
        }
    }

    @Test("a run with too small a class is refused before its folder is made")
    func refusedRun() throws {
        try withTemporaryFolder { url in
            let (data, run) = (url.appending(path: "data"), url.appending(path: "run"))
            try SmallMNIST.write(to: data, perClass: 3)
            let settings = try SmallRuns.images(data, steps: 2, encoderSteps: 3, "method.positives=4")
            #expect(throws: DatasetError.self) { try SmallRuns.train(run, settings) }
            #expect(!FileManager.default.fileExists(atPath: run.path))
        }
    }

    @Test("images of another size, and a folder that is not there, are refused with their place")
    func otherImages() throws {
        try withTemporaryFolder { url in
            try SmallMNIST.write(to: url, perClass: 1, side: 20)
            var images = ImageDataSettings()
            images.path = url.path
            let size = #expect(throws: DatasetError.self) { try TrainingData(.mnist(images), seed: Seed(1)) }
            #expect(size?.description.contains("the images are 20 x 20, not 28 x 28") == true)
            images.path = url.appending(path: "absent").path
            let absent = #expect(throws: DatasetError.self) { try TrainingData(.mnist(images), seed: Seed(1)) }
            #expect(absent?.description.contains("absent: there is no such folder. Correct data.path") == true)
        }
    }

    @Test("cropping what networks draw takes away exactly the border that padding added", arguments: [28, 32, 36, 64])
    func cropping(_ size: Int) throws {
        try withTemporaryFolder { url in
            try SmallMNIST.write(to: url, perClass: 1)
            var images = ImageDataSettings()
            (images.path, images.size) = (url.path, size)
            let data = try TrainingData(.mnist(images), seed: Seed(1))
            let padded = try data.examples(Array(0..<10), on: .cpu)
            #expect(padded.shape == [10, 1, size, size])
            let cropped = data.layout.cropped(padded)
            assertEqual(try Pixels.floats(data.values(at: Array(0..<10))), cropped.contiguous())
        }
    }

    // MARK: Guidance

    /// Samples of the law with density proportional to alpha^-power on [1, 4].
    private func strengths(_ count: Int, power: Double, without: Double = 0) -> [Double] {
        var settings = GuidanceSettings()
        (settings.power, settings.without) = (power, without)
        return settings.law.strengths(count, using: RandomSource(Seed(11))).scalars()
    }

    @Test("strengths follow their law: distribution function and mean in closed form", arguments: [0.0, 1, 2, 3, 5])
    func law(_ power: Double) {
        let count = 20_000
        let drawn = strengths(count, power: power).sorted()
        #expect(drawn.allSatisfy { (1...4).contains($0) })
        // The integral of a^-power from 1 to x.
        func integral(_ power: Double, _ x: Double) -> Double {
            power == 1 ? log(x) : (pow(x, 1 - power) - 1) / (1 - power)
        }
        // Kolmogorov's distance; 1.95 / sqrt(N) is passed with probability 0.999.
        let distance = drawn.enumerated().map { index, x in
            abs(integral(power, x) / integral(power, 4) - (Double(index) + 0.5) / Double(count))
        }
        #expect((distance.max() ?? 1) < 1.95 / Double(count).squareRoot())
        let mean = integral(power - 1, 4) / integral(power, 4)
        assertClose(drawn.reduce(0, +) / Double(count), mean, absolute: 0.03)
    }

    @Test("the share without guidance has strength 1, and asking for none draws nothing more")
    func without() {
        let plain = strengths(20_000, power: 3)
        let mixed = strengths(20_000, power: 3, without: 0.25)
        let share = Double(mixed.count { $0 == 1 }) / 20_000
        assertClose(share, 0.25, absolute: 0.015)
        // Those with guidance are the same draws.
        #expect(zip(plain, mixed).allSatisfy { $1 == 1 || $0 == $1 })
        #expect(strengths(100, power: 3, without: 1).allSatisfy { $0 == 1 })
    }
}
