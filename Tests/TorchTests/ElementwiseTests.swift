import Testing
import Torch

@Suite("Elementwise operations")
struct ElementwiseTests {
    @Test("agree with PyTorch", arguments: cases)
    func agree(_ operation: OperationCase) throws { try operation.check() }

    static let cases = functions + activations + choices + operators

    private static let functions: [OperationCase] = [
        OperationCase("abs") { [$0.a.abs()] },
        OperationCase("exp") { [$0.a.exp()] },
        OperationCase("expm1") { [$0.a.expm1()] },
        OperationCase("log") { [$0.positive.log()] },
        OperationCase("log1p") { [$0.positive.log1p()] },
        OperationCase("log2") { [$0.positive.log2()] },
        OperationCase("sqrt") { [$0.positive.sqrt()] },
        OperationCase("rsqrt") { [$0.positive.rsqrt()] },
        OperationCase("square") { [$0.a.square()] },
        OperationCase("reciprocal") { [$0.positive.reciprocal()] },
        OperationCase("sign") { [$0.a.sign()] },
        OperationCase("sin") { [$0.a.sin()] },
        OperationCase("cos") { [$0.a.cos()] },
        OperationCase("tan") { [$0.a.tan()] },
        OperationCase("asin") { [$0.unit.asin()] },
        OperationCase("acos") { [$0.unit.acos()] },
        OperationCase("atan") { [$0.a.atan()] },
        OperationCase("sinh") { [$0.a.sinh()] },
        OperationCase("cosh") { [$0.a.cosh()] },
        OperationCase("tanh") { [$0.a.tanh()] },
        OperationCase("erf") { [$0.a.erf()] },
        OperationCase("erfinv") { [$0.unit.erfinv()] },
        OperationCase("lgamma") { [$0.positive.lgamma()] },
        OperationCase("digamma") { [$0.positive.digamma()] },
        OperationCase("floor") { [$0.halves.floor()] },
        OperationCase("ceil") { [$0.halves.ceil()] },
        OperationCase("round") { [$0.halves.round()] },
        OperationCase("trunc") { [$0.halves.trunc()] },
        OperationCase("frac") { [$0.a.frac()] },
        OperationCase("isnan") { [$0.odd.isnan()] },
        OperationCase("isinf") { [$0.odd.isinf()] },
        OperationCase("isfinite") { [$0.odd.isfinite()] },
    ]

    private static let activations: [OperationCase] = [
        OperationCase("relu") { [$0.a.relu()] },
        OperationCase("sigmoid") { [$0.a.sigmoid()] },
        OperationCase("silu") { [$0.a.silu()] },
        OperationCase("logSigmoid") { [$0.a.logSigmoid()] },
        OperationCase("selu") { [$0.a.selu()] },
        OperationCase("hardswish") { [$0.a.hardswish()] },
        OperationCase("mish") { [$0.a.mish()] },
        OperationCase("gelu") { [$0.a.gelu()] },
        OperationCase("gelu.tanh") { [$0.a.gelu(tanhApproximation: true)] },
        OperationCase("leakyRelu") { [$0.a.leakyRelu(slope: 0.2)] },
        OperationCase("elu") { [$0.a.elu(alpha: 0.7)] },
        OperationCase("softplus") { [$0.a.softplus(beta: 2, threshold: 1)] },
    ]

    private static let choices: [OperationCase] = [
        OperationCase("clamp") { [$0.a.clamp(-0.5...0.5), $0.a.clamp(0.1...), $0.a.clamp(...0.1)] },
        OperationCase("nanToNum") { [$0.odd.nanToNum(nan: 7, positiveInfinity: 8, negativeInfinity: -9)] },
        OperationCase("maximum") { [$0.a.maximum($0.b)] },
        OperationCase("minimum") { [$0.a.minimum($0.row)] },
        OperationCase("atan2") { [$0.a.atan2($0.b)] },
        OperationCase("where") { [$0.a.where($0.mask, else: $0.row)] },
        OperationCase("maskedFill") { [$0.a.maskedFill($0.mask, -3)] },
        OperationCase("lerp") { [$0.a.lerp($0.b, 0.3), $0.a.lerp($0.b, $0.unit)] },
        OperationCase("addcmul") { [$0.a.addcmul($0.b, $0.row, scale: 0.5)] },
    ]

    private static let operators: [OperationCase] = [
        OperationCase("arithmetic") { [$0.a + $0.row, $0.a - $0.row, $0.a * $0.row, $0.a / $0.row, -$0.a] },
        OperationCase("arithmetic.double") {
            [$0.a + 1.5, $0.a - 1.5, $0.a * 1.5, $0.a / 1.5, 1.5 + $0.a, 1.5 - $0.a, 1.5 * $0.a, 1.5 / $0.a]
        },
        OperationCase("arithmetic.int") {
            [$0.whole + 2, $0.whole - 2, $0.whole * 2, 2 + $0.whole, 2 - $0.whole, 2 * $0.whole]
        },
        OperationCase("arithmetic.mixed") {
            [$0.whole / 2, $0.whole * 1.5, 2 / $0.divisor, $0.whole + $0.a, $0.whole / $0.divisor]
        },
        OperationCase("pow") { [$0.positive.pow($0.a), $0.a.pow(2), $0.positive.pow(0.3)] },
        OperationCase("floorDivide") { [$0.whole.floorDivide(4)] },
        OperationCase("remainder") { [$0.whole.remainder(4), $0.a.remainder(0.7), $0.whole.remainder($0.divisor)] },
        OperationCase("compare") {
            [$0.a .== $0.a.abs(), $0.a .!= $0.b, $0.a .< $0.b, $0.a .<= $0.row, $0.a .> $0.b, $0.a .>= $0.b]
        },
        OperationCase("compare.double") {
            let x = $0.halves
            return [x .== 0.5, x .!= 0.5, x .< 0.5, x .<= 0.5, x .> 0.5, x .>= 0.5]
        },
        OperationCase("compare.int") {
            let x = $0.whole
            return [x .== 2, x .!= 2, x .< 2, x .<= 2, x .> 2, x .>= 2]
        },
        OperationCase("logic") { [$0.mask .& $0.mask2, $0.mask .| $0.mask2, $0.mask .^ $0.mask2, .!$0.mask] },
        OperationCase("convert") {
            [
                $0.a.to(.float16), $0.a.to(.bfloat16), $0.a.to(.float64), $0.a.to(.int64), $0.whole.to(.uint8),
                $0.a.to(.bool),
            ]
        },
    ]
}
