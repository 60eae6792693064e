import Foundation
import Plots
import Testing

@Suite("Rows as dots", .enabled(if: Gnuplot.inSearchPath.executable != nil, "gnuplot is not installed"))
struct DotPlotTests {
    private func plot(_ rows: [DotPlot.Row], _ scale: Axis.Scale = .linear) -> DotPlot {
        DotPlot("Antisymmetry", x: Axis("Fréchet distance", scale: scale), rows)
    }

    @Test("a picture is as high as its rows, with labels of any letters and rows without a value")
    func rows() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "table.png")
            let rows = [
                DotPlot.Row("V+ - V- (\"default\")", value: 8.46, error: 0.3), DotPlot.Row("1.5 V+\n", value: 41.05),
                DotPlot.Row("missing", value: nil), DotPlot.Row("infinite", value: .infinity),
            ]
            try plot(rows).write(to: file)
            let four = try #require(PNG(file))
            try plot(Array(rows.prefix(2)), .logarithmic).write(to: file)
            let two = try #require(PNG(file))
            #expect(four.width == 900 && four.height == two.height + 2 * 34)
        }
    }

    @Test("without a value that can be shown it says so")
    func nothing() {
        #expect(throws: PlotError.self) { try plot([.init("a", value: nil), .init("b", value: .nan)]).check() }
        #expect(throws: PlotError.self) { try plot([.init("a", value: -1)], .logarithmic).check() }
    }
}
