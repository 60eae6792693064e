internal import CTorch

extension Tensor {
    typealias Unary = (OpaquePointer, Out) -> Int32
    typealias Binary = (OpaquePointer, OpaquePointer, Out) -> Int32

    @inline(__always)
    func unary(_ operation: Unary) -> Tensor {
        withHandle { handle in result { operation(handle, $0) } }
    }

    @inline(__always)
    func binary(_ other: Tensor, _ operation: Binary) -> Tensor {
        withHandles(self, other) { a, b in result { operation(a, b, $0) } }
    }

    // MARK: Functions of each element

    /// Absolute values.
    public func abs() -> Tensor { unary(ctorch_abs) }

    /// e to the power of each element.
    public func exp() -> Tensor { unary(ctorch_exp) }

    /// exp(x) - 1, exact near 0.
    public func expm1() -> Tensor { unary(ctorch_expm1) }

    /// Natural logarithms.
    public func log() -> Tensor { unary(ctorch_log) }

    /// log(1 + x), exact near 0.
    public func log1p() -> Tensor { unary(ctorch_log1p) }

    /// Logarithms to base 2.
    public func log2() -> Tensor { unary(ctorch_log2) }

    /// Square roots.
    public func sqrt() -> Tensor { unary(ctorch_sqrt) }

    /// 1 / sqrt(x).
    public func rsqrt() -> Tensor { unary(ctorch_rsqrt) }

    /// Squares.
    public func square() -> Tensor { unary(ctorch_square) }

    /// 1 / x.
    public func reciprocal() -> Tensor { unary(ctorch_reciprocal) }

    /// -1, 0 or 1.
    public func sign() -> Tensor { unary(ctorch_sign) }

    /// Sines.
    public func sin() -> Tensor { unary(ctorch_sin) }

    /// Cosines.
    public func cos() -> Tensor { unary(ctorch_cos) }

    /// Tangents.
    public func tan() -> Tensor { unary(ctorch_tan) }

    /// Inverse sines.
    public func asin() -> Tensor { unary(ctorch_asin) }

    /// Inverse cosines.
    public func acos() -> Tensor { unary(ctorch_acos) }

    /// Inverse tangents.
    public func atan() -> Tensor { unary(ctorch_atan) }

    /// Hyperbolic sines.
    public func sinh() -> Tensor { unary(ctorch_sinh) }

    /// Hyperbolic cosines.
    public func cosh() -> Tensor { unary(ctorch_cosh) }

    /// Hyperbolic tangents.
    public func tanh() -> Tensor { unary(ctorch_tanh) }

    /// Error function.
    public func erf() -> Tensor { unary(ctorch_erf) }

    /// Inverse error function.
    public func erfinv() -> Tensor { unary(ctorch_erfinv) }

    /// Logarithms of the gamma function.
    public func lgamma() -> Tensor { unary(ctorch_lgamma) }

    /// Derivatives of lgamma.
    public func digamma() -> Tensor { unary(ctorch_digamma) }

    /// Rounds down.
    public func floor() -> Tensor { unary(ctorch_floor) }

    /// Rounds up.
    public func ceil() -> Tensor { unary(ctorch_ceil) }

    /// Rounds to the nearest whole number, halves to even.
    public func round() -> Tensor { unary(ctorch_round) }

    /// Drops the fraction.
    public func trunc() -> Tensor { unary(ctorch_trunc) }

    /// The fraction.
    public func frac() -> Tensor { unary(ctorch_frac) }

    /// Whether each element is not a number.
    public func isnan() -> Tensor { unary(ctorch_isnan) }

    /// Whether each element is infinite.
    public func isinf() -> Tensor { unary(ctorch_isinf) }

    /// Whether each element is neither infinite nor NaN.
    public func isfinite() -> Tensor { unary(ctorch_isfinite) }

    // MARK: Activations

    /// max(x, 0).
    public func relu() -> Tensor { unary(ctorch_relu) }

    /// 1 / (1 + exp(-x)).
    public func sigmoid() -> Tensor { unary(ctorch_sigmoid) }

    /// x sigmoid(x), also called swish.
    public func silu() -> Tensor { unary(ctorch_silu) }

    /// log(sigmoid(x)).
    public func logSigmoid() -> Tensor { unary(ctorch_log_sigmoid) }

    /// Scaled exponential linear unit (Klambauer et al., 2017).
    public func selu() -> Tensor { unary(ctorch_selu) }

    /// x relu6(x + 3) / 6.
    public func hardswish() -> Tensor { unary(ctorch_hardswish) }

    /// x tanh(softplus(x)).
    public func mish() -> Tensor { unary(ctorch_mish) }

    /// x times the normal distribution function, exact or in the approximation by tanh.
    public func gelu(tanhApproximation: Bool = false) -> Tensor {
        withHandle { handle in result { ctorch_gelu(handle, tanhApproximation, $0) } }
    }

    /// x for positive x, else `slope` times x.
    public func leakyRelu(slope: Double = 0.01) -> Tensor {
        withHandle { handle in result { ctorch_leaky_relu(handle, slope, $0) } }
    }

    /// x for positive x, else `alpha` (exp(x) - 1).
    public func elu(alpha: Double = 1) -> Tensor {
        withHandle { handle in result { ctorch_elu(handle, alpha, $0) } }
    }

    /// log(1 + exp(`beta` x)) / `beta`; linear where `beta` x exceeds `threshold`.
    public func softplus(beta: Double = 1, threshold: Double = 20) -> Tensor {
        withHandle { handle in result { ctorch_softplus(handle, beta, threshold, $0) } }
    }

    // MARK: Bounds and choices

    /// Elements below the range become its lower bound, those above it its upper bound.
    public func clamp(_ range: ClosedRange<Double>) -> Tensor { clamp(low: range.lowerBound, high: range.upperBound) }

    /// Elements below the bound become the bound.
    public func clamp(_ range: PartialRangeFrom<Double>) -> Tensor { clamp(low: range.lowerBound, high: .nan) }

    /// Elements above the bound become the bound.
    public func clamp(_ range: PartialRangeThrough<Double>) -> Tensor { clamp(low: .nan, high: range.upperBound) }

    private func clamp(low: Double, high: Double) -> Tensor {
        withHandle { handle in result { ctorch_clamp(handle, low, high, $0) } }
    }

    /// Replaces NaN and infinities by numbers.
    public func nanToNum(nan: Double = 0, positiveInfinity: Double, negativeInfinity: Double) -> Tensor {
        withHandle { handle in result { ctorch_nan_to_num(handle, nan, positiveInfinity, negativeInfinity, $0) } }
    }

    /// The larger of two elements.
    public func maximum(_ other: Tensor) -> Tensor { binary(other, ctorch_maximum) }

    /// The smaller of two elements.
    public func minimum(_ other: Tensor) -> Tensor { binary(other, ctorch_minimum) }

    /// The angle of the point (`other`, self) in (-pi, pi].
    public func atan2(_ other: Tensor) -> Tensor { binary(other, ctorch_atan2) }

    /// Elements of `self` where `condition` holds, else of `other`; all three broadcast.
    public func `where`(_ condition: Tensor, else other: Tensor) -> Tensor {
        withHandles(condition, self, other) { c, a, b in result { ctorch_where(c, a, b, $0) } }
    }

    /// `value` where `mask` holds.
    public func maskedFill(_ mask: Tensor, _ value: Double) -> Tensor {
        withHandles(self, mask) { a, m in result { ctorch_masked_fill(a, m, value, $0) } }
    }

    /// self + `weight` (`other` - self).
    public func lerp(_ other: Tensor, _ weight: Double) -> Tensor {
        withHandles(self, other) { a, b in result { ctorch_lerp(a, b, weight, $0) } }
    }

    /// self + `weight` (`other` - self), element by element.
    public func lerp(_ other: Tensor, _ weight: Tensor) -> Tensor {
        withHandles(self, other, weight) { a, b, w in result { ctorch_lerp_tensor(a, b, w, $0) } }
    }

    /// self + `scale` * `a` * `b`.
    public func addcmul(_ a: Tensor, _ b: Tensor, scale: Double = 1) -> Tensor {
        withHandles(self, a, b) { x, a, b in result { ctorch_addcmul(x, a, b, scale, $0) } }
    }

    // MARK: In place, outside of any gradient graph

    /// Adds `scale` times `other` to the elements.
    public func addInPlace(_ other: Tensor, scale: Double = 1) {
        withHandles(self, other) { _ = succeeded(ctorch_add_in_place($0, $1, scale)) }
    }

    /// Multiplies the elements by `factor`.
    public func multiplyInPlace(by factor: Double) {
        withHandle { _ = succeeded(ctorch_mul_in_place($0, factor)) }
    }

    /// Sets all elements to `value`.
    public func fillInPlace(_ value: Double) {
        withHandle { _ = succeeded(ctorch_fill_in_place($0, value)) }
    }

    /// Clamps the elements to `range`.
    public func clampInPlace(_ range: ClosedRange<Double>) {
        withHandle { _ = succeeded(ctorch_clamp_in_place($0, range.lowerBound, range.upperBound)) }
    }
}
