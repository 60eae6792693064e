import Drifting
import Foundation
import TestSupport
import Testing
import Torch

/// Numbers that the authors' release computed; see Fixtures/make_fixtures.py.
@Suite("The released field against the release")
struct ReleasedFieldVectorTests {
    /// A call of the release: inputs, loss, gradient and statistics by the release's names.
    struct Case {
        let file: SafetensorsFile
        let name: String

        func tensor(_ key: String) throws -> Tensor { try #require(file["\(name)/\(key)"]) }

        func points(_ dtype: DType) throws -> DriftPoints {
            func optional(_ key: String) -> Tensor? { file["\(name)/\(key)"]?.to(dtype) }
            return DriftPoints(
                generated: try tensor("gen").to(dtype), positives: try tensor("fixed_pos").to(dtype),
                negatives: optional("fixed_neg"), generatedWeights: optional("weight_gen"),
                positiveWeights: optional("weight_pos"), negativeWeights: optional("weight_neg"))
        }

        func field() throws -> ReleasedField {
            ReleasedField(.init(temperatures: try tensor("temperatures").scalars(as: Double.self)))
        }

        /// Whether the release's float32 says more than rounding noise.
        var isWellConditioned: Bool { file["\(name)/well_conditioned"]?.intItem() == 1 }
    }

    static func cases() throws -> [Case] {
        let file = try SafetensorsFile(fixtures().appending(path: "drift_loss.safetensors"))
        return Set(file.names.map { String($0.prefix { $0 != "/" }) }).sorted().map { Case(file: file, name: $0) }
    }

    @Test("loss, scale and strengths are those of the release to 2e-4, the gradient to 1e-3 of its maximum")
    func release() throws {
        let cases = try Self.cases()
        #expect(cases.count == 20)
        #expect(cases.filter { !$0.isWellConditioned }.map { $0.name.prefix(3) } == ["c07", "c10"])
        for expected in cases where expected.isWellConditioned {
            let drift = try expected.field().drift(of: expected.points(.float32))
            let gradient = try expected.tensor("grad_gen")
            let largest = gradient.abs().amax().item()
            assertClose(drift.gradient, gradient, relative: 0, absolute: 1e-3 * largest)
            assertClose(drift.value, try expected.tensor("loss"), relative: 1e-4, absolute: 1e-4)
            assertClose(drift.scale, try expected.tensor("info/scale").squeeze(0), relative: 1e-4, absolute: 0)
            for (temperature, strength) in zip(try expected.field().temperatures, drift.strengths) {
                let official = try expected.tensor("info/loss_\(temperature)").squeeze(0)
                // Distances of coincident points, as in c16, are rounding noise in float32 here and in the release.
                assertClose(strength, official, relative: 2e-4, absolute: 1e-9)
            }
        }
    }

    // Where the release loses its digits, and everywhere else: its formula in float64.
    @Test("in float64 all cases agree with the formula in float64", arguments: [DType.float64, .float32])
    func exact(_ dtype: DType) throws {
        let tolerance = dtype == .float64 ? 2e-6 : 1e-3
        for expected in try Self.cases() {
            let drift = try expected.field().drift(of: expected.points(dtype))
            let gradient = try expected.tensor("grad_gen_f64ref")
            let largest = gradient.abs().amax().item()
            assertClose(drift.gradient, gradient, relative: 0, absolute: max(tolerance * largest, 1e-6))
            assertClose(drift.value, try expected.tensor("loss_f64ref"), relative: tolerance, absolute: 1e-6)
        }
    }

    @Test("the loss has the drift's value and gradient")
    func loss() throws {
        for expected in try Self.cases() where expected.isWellConditioned {
            let points = try expected.points(.float32)
            points.generated.requiringGrad()
            let (perGroup, drift) = try expected.field().loss(of: points)
            perGroup.sum().backward()
            assertEqual(perGroup.detach(), drift.value)
            assertClose(try #require(points.generated.grad), drift.gradient, relative: 1e-6, absolute: 0)
        }
    }

    // With one generated point and one positive, the mean distance is (1e-4 + d) / 2.
    @Test("distances are the release's, read off the scale of single pairs")
    func distances() throws {
        let file = try SafetensorsFile(fixtures().appending(path: "cdist.safetensors"))
        let x = try #require(file["x"]).to(.float64)
        let y = try #require(file["y"]).to(.float64)
        let expected = try #require(file["out"])
        for b in 0..<x.shape[0] {
            for i in 0..<x.shape[1] {
                for j in 0..<y.shape[1] {
                    let pair = DriftPoints(
                        generated: x[b, i].reshape(1, 1, -1), positives: y[b, j].reshape(1, 1, -1))
                    let distance = ReleasedField().drift(of: pair).scale.item() * 2 - 1e-4
                    assertClose(distance, expected[b, i, j].item(), relative: 1e-5, absolute: 1e-6)
                }
            }
        }
    }
}
