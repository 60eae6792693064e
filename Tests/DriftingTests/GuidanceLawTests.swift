import Drifting
import Foundation
import TestSupport
import Testing
import Torch

/// Numbers that the authors' release computed; see Fixtures/make_fixtures.py.
@Suite("Guidance against the release")
struct GuidanceLawTests {
    private static let laws = [
        "s0": GuidanceLaw(power: 1), "s1": GuidanceLaw(power: 3), "s2": GuidanceLaw(power: 5),
        "s3": GuidanceLaw(power: 3, without: 0.5), "s4": GuidanceLaw(range: 1.5...3, power: 2, without: 0.25),
    ]

    @Test("strengths of given uniform numbers are the release's", arguments: laws.keys.sorted())
    func strengths(_ name: String) throws {
        let file = try SafetensorsFile(fixtures().appending(path: "cfg_sampling.safetensors"))
        func tensor(_ key: String) throws -> Tensor { try #require(file["\(name)/\(key)"]) }
        let law = try #require(Self.laws[name])
        let strengths = law.strengths(try tensor("u"), try tensor("u_nocfg"))
        assertClose(strengths, try tensor("alpha"), relative: 2e-5, absolute: 0)
        #expect((strengths .== 1.0).to(.int64).sum().intItem() > 0 || law.without == 0)
    }

    @Test("weights of negatives are the release's")
    func weights() throws {
        let file = try SafetensorsFile(fixtures().appending(path: "cfg_weights.safetensors"))
        func column(_ key: String) throws -> [Double] { try #require(file[key]).to(.float64).scalars() }
        let (alpha, generated) = (try column("alpha"), try column("gen_per_label"))
        let (negatives, weights) = (try column("n_uncond"), try column("weight"))
        for row in alpha.indices {
            let weight = GuidanceLaw.negativeWeights(
                Tensor([alpha[row]]), generated: Int(generated[row]), negatives: Int(negatives[row]))
            assertClose(weight.item(), weights[row], relative: 1e-6)
        }
    }
}
