internal import Backbones
internal import Foundation
internal import Torch

/// Resizing: bilinear by the centres of pixels, with a wider filter where it shrinks, and Inception's input without one.
enum ResizeCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        for name in file.tensors.keys.sorted() {
            let parts = name.split(separator: "/").map(String.init)
            guard parts.count == 2, let range = parts[1].range(of: "out") else { continue }
            let (before, detail) = (String(parts[1][..<range.lowerBound]), String(parts[1][range.upperBound...]))
            recorder.check(name) { comparisons in
                if parts[0] == "inception" {
                    try compareInception(detail, file, name, comparisons)
                } else {
                    try compare("\(parts[0])/\(before)in", to: detail, file, name, comparisons)
                }
            }
        }
    }

    /// `8` or `6x9` as height and width.
    private static func compare(
        _ input: String, to size: String, _ file: VectorFile, _ name: String, _ comparisons: CaseComparisons
    ) throws {
        var sizes = Sizes()
        let image = try file.image(input, "B H W C", &sizes)
        let sides = size.split(separator: "x").compactMap { Int($0) }
        guard let height = sides.first, let width = sides.last else {
            throw VerificationError("\(file.name): '\(name)' does not name a size.")
        }
        let resized = image.interpolate(to: Size2D(height: height, width: width), .bilinear, antialias: true)
        try comparisons.compare("pixels", resized.permute(0, 2, 3, 1), file[name], .forward())
    }

    /// Rows of the image that Inception sees: `row0`, `rows_every13` (columns too).
    private static func compareInception(
        _ rows: String, _ file: VectorFile, _ name: String, _ comparisons: CaseComparisons
    ) throws {
        var sizes = Sizes()
        let image = try file.tensor("inception/in_nchw", "B C H W", &sizes)
        let resized = Inception.prepared(image / 127.5 - 1, .release)
        guard let number = Int(rows.drop { !$0.isNumber }) else {
            throw VerificationError("\(file.name): '\(name)' does not say which rows.")
        }
        let chosen =
            rows.contains("every")
            ? resized.slice(2, 0, step: number).slice(3, 0, step: number) : resized.select(2, number)
        try comparisons.compare("pixels", chosen, file[name], .forward())
    }
}
