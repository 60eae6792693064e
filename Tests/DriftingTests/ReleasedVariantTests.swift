import Drifting
import TestSupport
import Testing
import Torch

@Suite("Variants of the released field")
struct ReleasedVariantTests {
    @Test("are those of the written formula", arguments: FieldCase.variants.map(\.0))
    func formula(_ name: String) throws {
        let configuration = try #require(FieldCase.variants.first { $0.0 == name }).1
        let points = DriftPoints.normal(3, negatives: 2, weighted: true)
        let drift = ReleasedField(configuration).drift(of: points)
        var written = WrittenFormula(points)
        written.temperatures = configuration.temperatures
        written.configuration = configuration
        assertClose(drift.displacement, written.field().displacement, relative: 1e-7, absolute: 1e-9)
    }

    @Test("are the same in blocks of groups and of rows", arguments: [40, 200, 100_000])
    func blocks(_ elements: Int) {
        for (_, configuration) in FieldCase.variants {
            let points = DriftPoints.normal(3, negatives: 2, weighted: true)
            var blockwise = FusedDriftField(configuration)
            blockwise.blockElements = elements
            let (a, b) = (blockwise.drift(of: points), ReleasedField(configuration).drift(of: points))
            assertClose(a.displacement, b.displacement, relative: 1e-8, absolute: 1e-10)
            for (a, b) in zip(a.strengths, b.strengths) { assertClose(a, b, relative: 1e-8) }
        }
    }

    @Test("in float32 on the CPU the fused field falls back to the composition where only that knows the variant")
    func fallback() {
        for (_, configuration) in FieldCase.variants {
            let points = DriftPoints.normal(3).moved { $0.to(.float32) }
            let (a, b) = (
                FusedDriftField(configuration).drift(of: points), ReleasedField(configuration).drift(of: points)
            )
            assertClose(a.displacement, b.displacement, relative: 1e-3, absolute: 1e-4)
        }
    }

    @Test("more attraction than repulsion, or the reverse, moves points that should rest")
    func balance() {
        // Points and data on the same lattice: what pulls and what pushes are in balance but for the scales.
        let points = DriftPoints.normal(1, generated: 400, positives: 400, dimensions: 1)
        func strength(_ attraction: Double, _ repulsion: Double) -> Double {
            var configuration = ReleasedField.Configuration(temperatures: [0.2])
            (configuration.attraction, configuration.repulsion) = (attraction, repulsion)
            return ReleasedField(configuration).drift(of: points).strengths[0].item()
        }
        #expect(strength(1.5, 1) > 2 * strength(1, 1))
        #expect(strength(1, 1.5) > 2 * strength(1, 1))
        #expect(strength(1, 0) > strength(1.5, 1))
    }

    @Test("widening multiplies every width")
    func widened() {
        #expect(FusedDriftField().widened(by: 2).temperatures == [0.4, 0.1, 0.04])
        #expect(ReleasedField().widened(by: 2).temperatures == [0.4, 0.1, 0.04])
    }
}
