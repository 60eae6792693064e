internal import Datasets
internal import FileFormats
internal import Foundation

extension LatentSettings {
    /// Opens the file or folder.
    func read() throws -> ReadData {
        let url = URL(filePath: path)
        guard FileKind(at: PathBytes(existing: url.path)) != nil else {
            let missing = FileKind.missing(at: PathBytes(url.path), "file or folder")
            throw DatasetError(.notFound, "\(url.path): \(missing). Correct data.path.")
        }
        let latents = try LatentCollection(url, .training, mirrored: flip)
        var found = latents.shape
        if latents.holdsMoments { found[0] /= 2 }
        try check(found, url)
        let least = max(1, latents.classNames.count)
        if let classes, classes < least {
            throw DatasetError(
                .mismatch, "\(url.path): there are labels up to \(least - 1), but data.classes is \(classes).")
        }
        var resolved = self
        (resolved.shape, resolved.classes) = (found, classes ?? least)
        var read = ReadData(try ready(latents), .latents(resolved))
        read.holdsMoments = latents.holdsMoments
        read.remarks = latents.remarks + DataRemarks.emptyClasses(latents, part: latents.part)
        return read
    }

    private func ready(_ latents: LatentCollection) throws -> any Dataset {
        let data = try latents.ready(inMemoryUpTo: memory.bytes)
        let size = latents.byteCount / latents.count
        return data is TensorDataset || memory.bytes < size ? data : RecentExamples(data, keeping: memory.bytes / size)
    }

    private func check(_ found: [Int], _ url: URL) throws {
        guard found[1] == found[2], shape == nil || shape == found else {
            throw DatasetError(
                .mismatch,
                """
                \(url.path): the latents are \(found) each, not \(shape.map { "\($0)" } ?? "as high as wide"). Correct \
                data.path.
                """)
        }
        guard scaling.fits(channels: found[0]) else {
            throw DatasetError(
                .mismatch,
                """
                \(url.path): the latents have \(found[0]) channels, but numbers in data.shift: \
                \(scaling.shift.count), in data.scale: \(scaling.scale.count). Give one number, or \(found[0]).
                """)
        }
    }
}
