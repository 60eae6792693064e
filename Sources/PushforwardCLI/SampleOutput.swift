internal import ArgumentParser
internal import AtomicFiles
internal import Foundation
internal import Pushforward

/// The destination of samples, by the end of its name.
struct SampleOutput {
    /// A way to write samples.
    private enum Kind {
        /// All pictures on one sheet.
        case sheet
        /// A PNG file for each picture.
        case folder
        /// Samples and labels.
        case archive
        /// Samples alone.
        case array
    }

    private let kind: Kind
    private let url: URL

    /// - Throws: `ValidationError` if the name does not say what to write; ``RequestError`` if nothing can be written there.
    init(_ path: String) throws {
        url = try Place.output(path)
        let plain = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let found = FileKind(at: PathBytes(SystemPath.bytes(url.path)))
        let (isThere, isFolder) = (found != nil, found == .folder)
        switch url.pathExtension.lowercased() {
        case let ending where path.hasSuffix("/") || ending == "png" && isFolder: kind = .folder
        case "png": kind = .sheet
        case "npz": kind = .archive
        case "npy": kind = .array
        case _ where isFolder: kind = .folder
        default:
            throw ValidationError("--out must end in .png, .npz, .npy or /: '\(path)' does not say what to write.")
        }
        let parent = url.standardizedFileURL.deletingLastPathComponent()
        guard FileManager.default.fileExists(atPath: parent.path) else {
            throw RequestError("--out: there is no folder \(parent.path). Make it first, or name another.")
        }
        if kind != .folder { try TextOutput.check(["--out": path]) }
        guard kind == .folder, isThere else { return }
        guard isFolder else {
            throw RequestError("--out: '\(path)' names a folder, but a file of that name is there.")
        }
        let content = (try? FileManager.default.contentsOfDirectory(atPath: Place.folder(plain).path)) ?? []
        guard content.isEmpty else {
            throw RequestError(
                "--out: the folder '\(path)' is not empty (\(content.sorted()[0])). Name another: samples are not mixed."
            )
        }
    }

    /// True if only images can be written.
    var isOfPictures: Bool { kind == .sheet || kind == .folder }

    /// Bytes that a sample takes at most while it is drawn and written.
    func bytesPerSample(of layout: DataLayout) -> Int {
        let numbers = layout.sampleShape.reduce(1, *)
        // Batches, all of them joined, and a copy in the order of the file, in float32; then bytes twice; labels and costs.
        let common = 3 * 4 * numbers + 2 * numbers + 128
        guard kind == .sheet else { return common }
        let magnification = max(1, 64 / max(layout.width, 1))
        return common + 2 * magnification * magnification * numbers
    }

    /// Writes samples, in full or not at all.
    ///
    /// - Parameters:
    ///   - values: Images [N, C, H, W] in [-1, 1], latents or points.
    ///   - layout: Layout of the data.
    ///   - labels: Classes of the samples.
    func write(_ values: Tensor, of layout: DataLayout, _ labels: [Int]) throws {
        switch kind {
        case .sheet: try writeSheet(values, labels)
        case .folder: try writeFolder(values, labels)
        case .archive: try SampleSheet.writeArchive(values, of: layout, labels: labels, to: url)
        case .array: try SampleSheet.array(values, of: layout).write(to: url)
        }
    }

    /// A row per class where classes come equally often.
    private func writeSheet(_ values: Tensor, _ labels: [Int]) throws {
        let order = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
        let classes = Set(labels).count
        let perRow = labels.count % classes == 0 && labels.count / classes > 1 ? labels.count / classes : nil
        let columns = perRow.flatMap { $0 <= 32 ? $0 : nil } ?? Int(Double(labels.count).squareRoot().rounded(.up))
        try SampleSheet.write(values.indexSelect(0, Tensor(order)), perRow: columns, to: url)
    }

    private func writeFolder(_ values: Tensor, _ labels: [Int]) throws {
        let digits = max(6, String(labels.count - 1).count)
        try AtomicFolder.replace(url) { folder in
            // In parts: images are copies.
            for start in stride(from: 0, to: labels.count, by: 256) {
                let part = values.slice(0, start, min(start + 256, labels.count))
                for (offset, image) in SampleSheet.images(part).enumerated() {
                    let number = String(start + offset)
                    let padded = String(repeating: "0", count: digits - number.count) + number
                    try image.writePNG(to: folder.appending(path: "\(padded)-\(labels[start + offset]).png"))
                }
            }
        }
    }
}
