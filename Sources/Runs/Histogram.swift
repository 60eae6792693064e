internal import Foundation
internal import Plots

/// Densities of numbers in bins that several sets share, so that their curves compare.
struct Histogram {
    /// Borders of the bins, ascending.
    private let borders: [Double]

    /// Bins over the range of some numbers and half of it beyond on either side, as many as Rice's rule gives.
    ///
    /// Numbers further out, such as those of noise before a network has learned, count in the outermost bins.
    init(of numbers: [Double]) {
        let known = numbers.filter(\.isFinite)
        let (low, high) = (known.min() ?? 0, known.max() ?? 1)
        let width = high > low ? high - low : max(abs(low), 1)
        let bins = max(8, Int(2 * 2 * Double(max(known.count, 1)).squareRoot().squareRoot() * 2))
        borders = (0...bins).map { low - width / 2 + 2 * width * Double($0) / Double(bins) }
    }

    /// Share of the numbers per unit of length, as a curve through the middles of the bins.
    func curve(_ label: String, _ numbers: [Double]) -> LinePlot.Series {
        let (start, step) = (borders[0], borders[1] - borders[0])
        var counts = [Double](repeating: 0, count: borders.count - 1)
        for number in numbers where !number.isNaN {
            let bin = ((number - start) / step).rounded(.down)
            counts[Int(min(max(bin, 0), Double(counts.count - 1)))] += 1
        }
        let total = max(counts.reduce(0, +), 1)
        return LinePlot.Series(
            label, x: counts.indices.map { start + step * (Double($0) + 0.5) }, y: counts.map { $0 / total / step })
    }
}
