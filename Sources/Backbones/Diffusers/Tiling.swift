internal import Torch

/// Work on a large map in square parts that overlap, joined by linear blending where they do.
///
/// The seam is invisible rather than absent: a part does not see what lies beyond its border, so that the attention and the norms of a
/// network differ from those of the whole map.
public struct Tiling: Sendable, Hashable {
    /// Side of a part of an image.
    public var size: Int
    /// Share of the side that neighbours have in common, in [0, 0.5].
    public var overlap: Double

    /// Parts of `size` pixels of images, a quarter of which overlaps by default.
    public init(size: Int, overlap: Double = 0.25) {
        demand(size > 0 && (0...0.5).contains(overlap), "tiles of \(size) pixels with an overlap of \(overlap)")
        (self.size, self.overlap) = (size, overlap)
    }

    /// The parts of an input, whose sides are `size` there and `scale` times as much in the result; nil if one part holds it all.
    func plan(_ input: Tensor, size: Int, scale: Double) -> TilePlan? {
        let (height, width) = (input.shape[2], input.shape[3])
        // Whole pixels of the coarser of the two maps.
        let coarse = scale < 1 ? max(1, Int((1 / scale).rounded())) : 1
        func aligned(_ length: Int) -> Int { max(coarse, length / coarse * coarse) }
        let side = aligned(size)
        guard max(height, width) > side else { return nil }
        let step = aligned(Int(Double(side) * (1 - overlap)))
        return TilePlan(height: height, width: width, size: side, step: step, scale: scale)
    }
}

/// The places of the parts of a map, and how the results are joined.
struct TilePlan {
    let height: Int
    let width: Int
    let size: Int
    let step: Int
    let scale: Double

    /// Starts of parts along a side: none begins where the one before already reached the end.
    private func starts(_ length: Int) -> [Int] {
        var starts = [0]
        while let last = starts.last, last + size < length { starts.append(last + step) }
        return starts
    }

    func run(_ input: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
        var rows: [(start: Int, values: Tensor)] = []
        for top in starts(height) {
            let band = input.slice(2, top, min(top + size, height))
            let parts = starts(width).map { left in
                (scaled(left), body(band.slice(3, left, min(left + size, width))))
            }
            rows.append((scaled(top), joined(parts, 3)))
        }
        return joined(rows, 2)
    }

    private func scaled(_ place: Int) -> Int { Int((Double(place) * scale).rounded()) }

    /// Parts that begin at these places along a dimension; where two lie over each other the weight of the later one rises linearly.
    private func joined(_ parts: [(start: Int, values: Tensor)], _ dim: Int) -> Tensor {
        var whole = parts[0].values
        for (start, values) in parts.dropFirst() {
            let end = whole.shape[dim]
            let common = min(end - start, values.shape[dim])
            guard common > 0 else {
                whole = Tensor.cat([whole, values], dim)
                continue
            }
            let ramp = (Tensor.arange(common, dtype: values.dtype, device: values.device) + 0.5) / Double(common)
            let weight = ramp.reshape(dim == 2 ? [1, 1, common, 1] : [1, 1, 1, common])
            let (old, new) = (whole.slice(dim, start, start + common), values.slice(dim, 0, common))
            let mixed = old + (new - old) * weight
            whole = Tensor.cat(
                [whole.slice(dim, 0, start), mixed, values.slice(dim, common, values.shape[dim])], dim)
        }
        return whole
    }
}
