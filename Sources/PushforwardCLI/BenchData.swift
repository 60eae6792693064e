internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Times reading: images from files to batches of floats.
struct BenchData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Time an epoch of a folder of images: read, decoded, in batches of floats.")

    @Option(help: ArgumentHelp("Folder or archive of images of one size.", valueName: "folder"))
    var path: String

    @Option(help: "Images in a batch.")
    var batch = 128

    @Option(help: "Threads that read ahead.")
    var workers = 2

    @OptionGroup var rounds: BenchRounds

    func validate() throws {
        guard batch >= 1 else { throw ValidationError("--batch must be at least 1, not \(batch).") }
        try rounds.requireCPU("Reading is")
        guard workers >= 1 else { throw ValidationError("--workers must be at least 1, not \(workers).") }
    }

    func run() throws {
        let images = try DataReference(parsing: path).open()
        guard images.count >= batch else {
            throw ValidationError("--batch must be at most \(images.count), the number of images.")
        }
        var configuration = Prefetcher.Configuration()
        // Two per thread, as elsewhere.
        (configuration.workers, configuration.ahead) = (workers, 2 * workers)
        let before = ResidentMemory.beginning()
        var epoch = 0
        let seconds = try rounds.time {
            defer { epoch += 1 }
            return try time(images, epoch, configuration)
        }
        try rounds.show(BenchReport(seconds, samples: images.count / batch * batch, since: before))
    }

    /// Seconds of an epoch, threads included that are started for it, as batches [B, C, H, W] of floats in [-1, 1].
    private func time(_ images: any Dataset, _ epoch: Int, _ configuration: Prefetcher.Configuration) throws -> Double {
        let start = ContinuousClock.now
        let epochs = Epochs(
            count: images.count, batchSize: batch, seed: Seed(0), startingAt: .init(epoch: epoch))
        let prefetcher = Prefetcher(images, epochs, configuration)
        for _ in 0..<epochs.batchesPerEpoch {
            withExtendedLifetime(Pixels.floats(try prefetcher.next().values)) {}
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }
}
