import TestSupport
import Testing
import Torch

/// Against the library's own normalisation in float64, which takes the composed way.
@Suite("Fused group normalisation")
struct GroupNormTests {
    /// One call: how weights look, what is added and what follows.
    struct Case: Sendable, CustomTestStringConvertible {
        var channels = 24
        var groups = 6
        var places = (4, 4)
        /// Dimensions of weight and bias: none, [C] or [B, C].
        var rank: Int?
        var adds = false
        var activation = FusedActivation.identity

        var testDescription: String {
            "\(groups) of \(channels) at \(places), weights \(rank.map(String.init) ?? "none"), \(adds), \(activation)"
        }
    }

    static let cases: [Case] =
        [nil, 1, 2].flatMap { rank in
            [FusedActivation.identity, .relu, .silu].flatMap { activation in
                [false, true].map { Case(rank: rank, adds: $0, activation: activation) }
            }
        } + [
            // Channels that fill no vector, places that fill no period, one of each, and many.
            Case(channels: 5, groups: 5, places: (7, 5), rank: 2, activation: .silu),
            Case(channels: 3, groups: 1, places: (5, 3), rank: 1, adds: true, activation: .relu),
            Case(channels: 1, groups: 1, places: (1, 3)), Case(channels: 192, groups: 32, places: (4, 4), rank: 2),
            Case(channels: 100, groups: 10, places: (9, 9), rank: 1, adds: true, activation: .silu),
        ]

    /// Inputs of a case and what came out: the result, then gradients of x, weight, bias and addend as far as they exist.
    private struct Operands {
        var x: Tensor
        var weight: Tensor?
        var bias: Tensor?
        var addend: Tensor?
        var seed: Tensor

        init(_ test: Case, offset: Double = 0) {
            let source = RandomSource(Seed(5))
            func normal(_ shape: [Int]) -> Tensor { .randn(shape, using: source, dtype: .float64) }
            let shape = [3, test.channels, test.places.0, test.places.1]
            // What bfloat16 and float32 hold exactly, so that all types see the same numbers.
            x = (normal(shape) + offset).to(.bfloat16).to(.float64)
            weight = test.rank.map { normal($0 == 1 ? [test.channels] : [3, test.channels]) + 1 }
            bias = test.rank.map { normal($0 == 1 ? [test.channels] : [3, test.channels]) }
            addend = test.adds ? normal(shape).to(.bfloat16).to(.float64) : nil
            seed = normal(shape).to(.bfloat16).to(.float64)
        }

        func results(_ test: Case, as type: DType, instructionSet: String?) -> [Tensor] {
            let image = x.to(type).contiguous(.channelsLast).requiringGrad()
            let others = [weight, bias].map { $0?.to(type == .float64 ? .float64 : .float32).requiringGrad() }
            let added = addend?.to(type).requiringGrad()
            let y = image.groupNorm(
                test.groups, others[0], others[1], epsilon: 1e-5, adding: added, then: test.activation,
                instructionSet: instructionSet)
            let leaves = [image, others[0], others[1], added].compactMap { $0 }
            return [y] + gradients(of: y, withRespectTo: leaves, seed: seed.to(type))
        }
    }

    @Test("agrees with float64 in float32, with every instruction set", arguments: cases)
    func float32(_ test: Case) {
        let operands = Operands(test)
        let expected = operands.results(test, as: .float64, instructionSet: nil)
        for set in Machine.instructionSets {
            let found = operands.results(test, as: .float32, instructionSet: set)
            #expect(found.count == expected.count)
            for (found, expected) in zip(found, expected) {
                assertClose(found.to(.float64), expected, relative: 1e-5, absolute: 2e-5)
            }
        }
    }

    @Test("agrees with float64 in bfloat16 within its rounding, with every instruction set", arguments: cases)
    func bfloat16(_ test: Case) {
        let operands = Operands(test)
        let expected = operands.results(test, as: .float64, instructionSet: nil)
        for set in Machine.instructionSets {
            let found = operands.results(test, as: .bfloat16, instructionSet: set)
            for (index, (found, expected)) in zip(found, expected).enumerated() {
                #expect(index > 1 || found.dtype == .bfloat16)
                // ReLU's derivative may fall on the other side where the sum rounds to zero: a few elements.
                let error = (found.to(.float64) - expected).abs()
                let bound = expected.abs() * 0x1p-7 + 0.02
                let share = (error .> bound).to(.float64).mean().item()
                #expect(share <= (test.activation == .relu ? 0.01 : 0), "result \(index)")
            }
        }
    }

    @Test("keeps its digits where all values have a large offset in common")
    func offset() {
        let test = Case(rank: 1)
        let near = Operands(test)
        var far = near
        far.x = near.x + 1024
        for set in Machine.instructionSets {
            let found = far.results(test, as: .float32, instructionSet: set)
            let expected = far.results(test, as: .float64, instructionSet: nil)
            // Inputs near 1024 carry an error of 2^-14 in float32, but these are exact; what is left is the line's rounding.
            assertClose(found[0].to(.float64), expected[0], relative: 1e-4, absolute: 5e-4)
        }
    }

    @Test("gives gradients of gradients")
    func secondDerivatives() {
        func second(_ type: DType) -> Tensor {
            let operands = Operands(Case(rank: 1, activation: .silu))
            let x = operands.x.to(type).contiguous(.channelsLast).requiringGrad()
            let y = x.groupNorm(6, operands.weight?.to(type), operands.bias?.to(type), then: .silu)
            let first = gradients(of: y.square().sum(), withRespectTo: [x], createGraph: true)[0]
            return gradients(of: first.square().sum(), withRespectTo: [x])[0]
        }
        assertClose(second(.float32).to(.float64), second(.float64), relative: 1e-3, absolute: 1e-2)
    }

    @Test("passes on what is not a number, and infinity as no number", arguments: [DType.float32, .bfloat16])
    func notANumber(_ type: DType) {
        let x = Tensor.randn([2, 8, 4, 4], using: RandomSource(Seed(1)), dtype: .float32)
        x[0, 3, 1, 2] = Tensor(Float.nan)
        let y = x.to(type).contiguous(.channelsLast).groupNorm(2, then: .relu).to(.float32)
        #expect(y[0, 0..<4].isnan().all().item() == 1)
        #expect(y[0, 4..<8].isnan().any().item() == 0)
        #expect(y[1].isnan().any().item() == 0)
    }

    @Test("keeps the layout and the type")
    func layout() {
        let x = Tensor.ones([2, 8, 4, 4], dtype: .bfloat16).contiguous(.channelsLast)
        let y = x.groupNorm(2, then: .silu)
        #expect(y.isContiguous(.channelsLast) && y.dtype == .bfloat16)
        #expect(x.contiguous().groupNorm(2).isContiguous())
    }
}
