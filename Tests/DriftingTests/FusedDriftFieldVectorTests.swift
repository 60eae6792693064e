import Drifting
import TestSupport
import Testing
import Torch

/// The numbers of the release and of its formula in float64 again, for the fused operation and for blocks.
@Suite("The fused field against the release") struct FusedDriftFieldVectorTests {
    typealias Case = ReleasedFieldVectorTests.Case

    private func check(_ drift: Drift, _ expected: Case, tolerance: Double) throws {
        let gradient = try expected.tensor("grad_gen_f64ref")
        let loss = try expected.tensor("loss_f64ref")
        // Where nothing should move, identical points away from zero, the reference moves them by its own rounding.
        let isAtRest = loss.amax().item() < 1e-12
        let absolute = isAtRest ? 1e-6 : tolerance * gradient.abs().amax().item()
        assertClose(drift.gradient, gradient, relative: 0, absolute: absolute)
        assertClose(drift.value, loss, relative: tolerance, absolute: 1e-7)
        if expected.isWellConditioned { try checkOfficial(drift, expected) }
    }

    /// Scale and strengths of the release's float32.
    private func checkOfficial(_ drift: Drift, _ expected: Case) throws {
        assertClose(drift.scale, try expected.tensor("info/scale").squeeze(0), relative: 1e-4, absolute: 0)
        for (temperature, strength) in zip(try expected.field().temperatures, drift.strengths) {
            let official = try expected.tensor("info/loss_\(temperature)").squeeze(0)
            assertClose(strength, official, relative: 1e-3, absolute: 1e-9)
        }
    }

    @Test("the fused operation gives them, with every instruction set")
    func fused() throws {
        #expect(try ReleasedFieldVectorTests.cases().contains { $0.isWellConditioned })
        for expected in try ReleasedFieldVectorTests.cases() {
            for instructions in Machine.instructionSets {
                var field = FusedDriftField(try expected.field().configuration)
                field.resources.instructions = instructions
                try check(field.drift(of: expected.points(.float32)), expected, tolerance: 1e-5)
            }
        }
    }

    @Test("the composition in blocks of any size gives them in float64", arguments: [300, 40, 1])
    func composed(blockElements: Int) throws {
        #expect(try ReleasedFieldVectorTests.cases().contains { $0.isWellConditioned })
        for expected in try ReleasedFieldVectorTests.cases() {
            var field = FusedDriftField(try expected.field().configuration)
            field.blockElements = blockElements
            try check(field.drift(of: expected.points(.float64)), expected, tolerance: 2e-6)
        }
    }
}
