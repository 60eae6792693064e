import Drifting
import Foundation
import TestSupport
import Testing
import Torch

/// Answers of the authors' release and of a float64 mirror of its formula; see Fixtures/released-field.py.
@Suite("The released field in numbers of the release") struct ReleaseVectorTests {
    private struct Case {
        let name: String
        let tensors: [String: Tensor]

        func points(_ dtype: DType) throws -> DriftPoints {
            func tensor(_ name: String) -> Tensor? { tensors[name].map { $0.to(dtype) } }
            return DriftPoints(
                generated: try #require(tensor("generated")), positives: try #require(tensor("positives")),
                negatives: tensor("negatives"), generatedWeights: tensor("generated_weights"),
                positiveWeights: tensor("positive_weights"), negativeWeights: tensor("negative_weights"))
        }

        func configuration() throws -> ReleasedField.Configuration {
            ReleasedField.Configuration(temperatures: try #require(tensors["temperatures"]).scalars(as: Double.self))
        }
    }

    private static func cases() throws -> [Case] {
        let file = try SafetensorsFile(fixtures().appending(path: "released-field.safetensors"))
        let byCase = Dictionary(grouping: file.names) { String($0.prefix { $0 != "/" }) }
        return byCase.sorted { $0.key < $1.key }.map { name, tensors in
            Case(
                name: name,
                tensors: Dictionary(
                    uniqueKeysWithValues: tensors.compactMap { full in
                        file[full].map { (String(full.dropFirst(name.count + 1)), $0) }
                    }))
        }
    }

    private func check(_ drift: Drift, _ expected: Case, tolerance: Double) throws {
        let gradient = try #require(expected.tensors["gradient"])
        let loss = try #require(expected.tensors["loss"])
        // Where nothing should move, identical points away from zero, the mirror moves them by its own rounding.
        let isAtRest = loss.amax().item() < 1e-12
        let absolute = isAtRest ? 1e-6 : tolerance * gradient.abs().amax().item()
        assertClose(drift.gradient, gradient, relative: 0, absolute: absolute)
        assertClose(drift.value, loss, relative: tolerance, absolute: 1e-7)
        guard try #require(expected.tensors["well_conditioned"]).intItem() == 1 else { return }
        assertClose(drift.scale, try #require(expected.tensors["scale"]).squeeze(0), relative: 1e-4)
        let strengths = Tensor.stack(drift.strengths)
        assertClose(strengths, try #require(expected.tensors["strengths"]), relative: 1e-3, absolute: 1e-9)
    }

    @Test("the fused field gives them, with every instruction set")
    func fused() throws {
        let cases = try Self.cases()
        #expect(cases.count == 20)
        for expected in cases {
            for instructions in FusedDrift.instructionSets {
                var field = FusedDriftField(try expected.configuration())
                field.resources.instructions = instructions
                try check(field.drift(of: expected.points(.float32)), expected, tolerance: 1e-5)
            }
        }
    }

    @Test("the composition gives them in float64, whole and in blocks of any size", arguments: [1 << 21, 300, 40, 1])
    func composed(blockElements: Int) throws {
        for expected in try Self.cases() {
            var field = FusedDriftField(try expected.configuration())
            field.blockElements = blockElements
            try check(field.drift(of: expected.points(.float64)), expected, tolerance: 2e-6)
        }
    }
}
