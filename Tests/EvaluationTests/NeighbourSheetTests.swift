import Evaluation
import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Samples beside their neighbours") struct NeighbourSheetTests {
    /// Images of one shade each.
    private func shades(_ values: [UInt8]) -> Tensor {
        Tensor(values, shape: [values.count, 1, 1, 1]).expand(-1, -1, 2, 2).contiguous()
    }

    /// Shades of a sheet's cells, row by row.
    private func cells(_ sheet: Image8, columns: Int, rows: Int) -> [[UInt8]] {
        let (width, height) = (sheet.width / columns, sheet.height / rows)
        return (0..<rows).map { row in
            (0..<columns).map { sheet[$0 * width + width / 2, row * height + height / 2] }
        }
    }

    @Test("A row is a sample and its nearest images, nearest first")
    func nearest() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "neighbours.png")
            let data = ImageSet(shades([200, 10, 60, 130, 90, 30, 250]))
            try SampleEvaluation(PixelExtractor()).drawNeighbours(
                of: ImageSet(shades([61, 240])), among: data, to: url)
            let sheet = try Image8(contentsOf: url)
            #expect(
                cells(sheet, columns: 6, rows: 2) == [[61, 60, 90, 30, 10, 130], [240, 250, 200, 130, 90, 60]])
        }
    }

    @Test("Fewer images than neighbours are all shown; images of another shape are refused")
    func few() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "neighbours.png")
            let evaluation = SampleEvaluation(PixelExtractor())
            try evaluation.drawNeighbours(of: ImageSet(shades([5])), among: ImageSet(shades([1, 2])), to: url)
            #expect(try cells(Image8(contentsOf: url), columns: 3, rows: 1) == [[5, 2, 1]])
            let larger = ImageSet(Tensor.zeros([3, 1, 4, 4], dtype: .uint8))
            #expect(throws: MetricError.self) {
                try evaluation.drawNeighbours(of: ImageSet(shades([5])), among: larger, to: url)
            }
        }
    }
}
