import Generative
import TestSupport
import Testing
import Torch

@Suite("Tables of noise") struct NoiseTableTests {
    @Test("The cosine table has the published rates and ends with its cap")
    func cosine() {
        let table = NoiseTable.cosine()
        let betas = table.betas
        assertClose(betas[0], 4.128422e-5, relative: 1e-6)
        assertClose(betas[499], 3.145886e-3, relative: 1e-6)
        assertClose(betas[998], 0.7499994, relative: 1e-6)
        assertClose(betas[999], 0.999, relative: 1e-12)
        assertClose(table.alphaBars[0], 0.99995872, relative: 1e-8)
        assertClose(table.alphaBars[499], 0.49384359, relative: 1e-7)
        assertClose(table.alphaBars[998], 2.428767e-6, relative: 1e-6)
        assertClose(table.alphaBars[999], 2.428767e-9, relative: 1e-6)
    }

    @Test("Linear tables run from their first to their last rate")
    func linear() {
        let betas = NoiseTable.linear().betas
        assertClose(betas[0], 1e-4, relative: 1e-9)
        assertClose(betas[999], 0.02, relative: 1e-9)
        assertClose(betas[500], 1e-4 + (0.02 - 1e-4) * 500 / 999, relative: 1e-9)
        let scaled = NoiseTable.scaledLinear().betas
        assertClose(scaled[0], 0.00085, relative: 1e-9)
        assertClose(scaled[999], 0.012, relative: 1e-9)
        // Roots are equally spaced.
        assertClose(
            scaled[333].squareRoot(), (2 * 0.00085.squareRoot() + 0.012.squareRoot()) / 3, relative: 1e-9)
    }

    @Test("Zero terminal SNR keeps the first entry and ends at pure noise")
    func zeroTerminal() {
        let table = NoiseTable.scaledLinear()
        let rescaled = table.withZeroTerminalSNR()
        #expect(rescaled.alphaBars[999] == 0 && rescaled.level(999).alpha == 0 && rescaled.level(999).sigma == 1)
        assertClose(rescaled.alphaBars[0], table.alphaBars[0], relative: 1e-12)
        // sqrt(alpha bar) is moved and stretched: differences keep their ratios.
        func root(_ table: NoiseTable, _ index: Int) -> Double { table.alphaBars[index].squareRoot() }
        let before = (root(table, 200) - root(table, 500)) / (root(table, 0) - root(table, 999))
        let after = (root(rescaled, 200) - root(rescaled, 500)) / (root(rescaled, 0) - root(rescaled, 999))
        assertClose(after, before, relative: 1e-12)
    }

    @Test(
        "Indices are those of diffusers",
        arguments: [
            (TableSpacing.leading, [950, 900, 850], [100, 50, 0]), (.trailing, [999, 949, 899], [149, 99, 49]),
            (.linspace, [999, 946, 894], [105, 53, 0]),
        ])
    func spacing(_ spacing: TableSpacing, first: [Double], last: [Double]) {
        let times = NoiseTable.linear().grid(steps: 20, spacing: spacing).steps.map(\.from.time)
        #expect(Array(times.prefix(3)) == first && Array(times.suffix(3)) == last && times.count == 20)
    }

    @Test("A multistep grid rounds halves to even, as NumPy does")
    func halves() {
        let times = NoiseTable.linear().multistepGrid(steps: 12).steps.map(\.from.time)
        #expect(times == [999, 916, 832, 749, 666, 583, 500, 416, 333, 250, 166, 83])
    }

    @Test("Levels between indices interpolate the noise level, and Karras levels find their index")
    func between() {
        let table = NoiseTable.linear()
        let level = table.level(at: 946.5)
        assertClose(level.ratio, (table.level(946).ratio + table.level(947).ratio) / 2, relative: 1e-12)
        assertClose(level.alpha * level.alpha + level.sigma * level.sigma, 1, relative: 1e-12)
        let karras = table.karrasGrid(steps: 18)
        assertClose(karras.start.time, 999, relative: 1e-9)
        assertClose(karras.steps[17].from.time, 0, absolute: 1e-6)
        #expect(karras.end.sigma == 0)
    }

    @Test("Noise that rises and tables that do not fall stop the program with a reason")
    func invalid() async {
        var exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = NoiseTable(alphaBars: [0.5, 0.6])
        }
        #expect(message(of: exit).contains("falls strictly"))
        exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = NoiseTable.linear().grid(steps: 1001)
        }
        #expect(message(of: exit).contains("1 to 1000, not 1001"))
        exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = NoiseGrid([NoiseLevel(alpha: 1, sigma: 1, time: 0), NoiseLevel(alpha: 1, sigma: 2, time: 1)])
        }
        #expect(message(of: exit).contains("noise falls along a grid"))
    }

    private func message(of exit: ExitTest.Result?) -> String {
        String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
    }
}
