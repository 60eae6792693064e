internal import Foundation
internal import Pushforward

/// Room in memory for what a command is about to make.
enum Room {
    /// Refuses an amount that this machine cannot hold, before anything is computed.
    ///
    /// - Parameters:
    ///   - bytes: Bytes at any moment, at most; a floating-point number, since products of options overflow whole ones.
    ///   - request: The option and its meaning: "--count: 5 samples".
    ///   - advice: A sentence: what to do instead.
    static func require(_ bytes: Double, for request: String, advice: String) throws {
        let available = Double(Machine.availableMemory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory))
        guard bytes > available else { return }
        throw RequestError(
            """
            \(request) do not fit into the \(gibibytes(available)) GiB of memory that are available here: about \
            \(gibibytes(bytes)) GiB are needed. \(advice)
            """)
    }

    /// Refuses a height and width at which not even a few images fit.
    static func requireImages(of size: Int?, option: String = "--size") throws {
        guard let size else { return }
        // Three channels: bytes, floats on the way from one size to the other, and a batch of a few.
        try require(
            16 * 3 * Double(size) * Double(size), for: "\(option): images of \(size) x \(size)", advice: "Reduce it.")
    }

    private static func gibibytes(_ bytes: Double) -> String {
        (bytes / Double(1 << 30)).formatted(.number.precision(.significantDigits(1...3)).grouping(.never))
    }
}

extension Evaluate {
    /// Refuses numbers and sizes of samples of a run that this machine cannot hold.
    func requireRoom(for layout: DataLayout) throws {
        try Room.requireImages(of: size)
        let count = layout.isImage ? images : points
        // Samples in float32, those of a set twice while they are joined, then as bytes; labels and costs.
        let bytes = Double(layout.sampleShape.reduce(1, *)) * 10 + 256
        try Room.require(
            Double(count) * Double(seeds) * bytes,
            for: "--count: \(count) samples of \(seeds) set\(seeds == 1 ? "" : "s")",
            advice: "Reduce --count or --seeds.")
    }
}
