internal import CTorch

// Whole numbers stay whole numbers: an Int operand does not turn an integer tensor into floating point, a Double does.

extension Tensor {
    typealias DoubleScalar = (OpaquePointer, Double, Out) -> Int32
    typealias IntScalar = (OpaquePointer, Int64, Out) -> Int32

    @inline(__always)
    func scalar(_ number: Double, _ operation: DoubleScalar) -> Tensor {
        withHandle { handle in result { operation(handle, number, $0) } }
    }

    @inline(__always)
    func scalar(_ number: Int, _ operation: IntScalar) -> Tensor {
        withHandle { handle in result { operation(handle, Int64(number), $0) } }
    }

    // MARK: Arithmetic, element by element with broadcasting

    /// Sum of elements.
    public static func + (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_add) }

    /// Sum with a number.
    public static func + (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_add_double) }

    /// Sum with a whole number.
    public static func + (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_add_int) }

    /// Difference of elements.
    public static func - (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_sub) }

    /// Difference with a number.
    public static func - (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_sub_double) }

    /// Difference with a whole number.
    public static func - (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_sub_int) }

    /// Product of elements.
    public static func * (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_mul) }

    /// Product with a number.
    public static func * (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_mul_double) }

    /// Product with a whole number.
    public static func * (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_mul_int) }

    /// Quotient of elements.
    public static func / (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_div) }

    /// Quotient with a number.
    public static func / (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_div_double) }

    /// Quotient with a whole number.
    public static func / (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_div_int) }

    /// Sum with a number.
    public static func + (a: Double, b: Tensor) -> Tensor { b + a }

    /// Sum with a whole number.
    public static func + (a: Int, b: Tensor) -> Tensor { b + a }

    /// Product with a number.
    public static func * (a: Double, b: Tensor) -> Tensor { b * a }

    /// Product with a whole number.
    public static func * (a: Int, b: Tensor) -> Tensor { b * a }

    /// Difference from a number.
    public static func - (a: Double, b: Tensor) -> Tensor { -b + a }

    /// Difference from a whole number.
    public static func - (a: Int, b: Tensor) -> Tensor { -b + a }

    /// A number divided by the elements.
    public static func / (a: Double, b: Tensor) -> Tensor { b.reciprocal() * a }

    /// A whole number divided by the elements.
    public static func / (a: Int, b: Tensor) -> Tensor { b.reciprocal() * a }

    /// Elements with the opposite sign.
    public static prefix func - (a: Tensor) -> Tensor { a.unary(ctorch_neg) }

    /// Replaces `a` by a sum; other references to the old tensor keep it.
    public static func += (a: inout Tensor, b: Tensor) { a = a + b }

    /// Replaces `a` by a difference; other references to the old tensor keep it.
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }

    /// Replaces `a` by a product; other references to the old tensor keep it.
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }

    /// Replaces `a` by a quotient; other references to the old tensor keep it.
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }

    /// Powers of elements.
    public func pow(_ exponent: Tensor) -> Tensor { binary(exponent, ctorch_pow) }

    /// Powers with one exponent.
    public func pow(_ exponent: Double) -> Tensor { scalar(exponent, ctorch_pow_double) }

    /// Quotients rounded down.
    public func floorDivide(_ divisor: Int) -> Tensor { scalar(divisor, ctorch_floor_divide_int) }

    /// Remainders with the sign of the divisor.
    public func remainder(_ divisor: Int) -> Tensor { scalar(divisor, ctorch_remainder_int) }

    /// Remainders with the sign of the divisor.
    public func remainder(_ divisor: Double) -> Tensor { scalar(divisor, ctorch_remainder_double) }

    /// Remainders with the sign of the divisor, element by element.
    public func remainder(_ divisor: Tensor) -> Tensor { binary(divisor, ctorch_remainder) }

    // MARK: Comparison, element by element; the result has dtype bool

    /// Where elements equal.
    public static func .== (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_eq) }

    /// Where elements equal, compared with a number.
    public static func .== (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_eq_double) }

    /// Where elements equal, compared with a whole number.
    public static func .== (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_eq_int) }

    /// Where elements differ.
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_ne) }

    /// Where elements differ, compared with a number.
    public static func .!= (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_ne_double) }

    /// Where elements differ, compared with a whole number.
    public static func .!= (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_ne_int) }

    /// Where elements are less.
    public static func .< (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_lt) }

    /// Where elements are less, compared with a number.
    public static func .< (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_lt_double) }

    /// Where elements are less, compared with a whole number.
    public static func .< (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_lt_int) }

    /// Where elements are less or equal.
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_le) }

    /// Where elements are less or equal, compared with a number.
    public static func .<= (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_le_double) }

    /// Where elements are less or equal, compared with a whole number.
    public static func .<= (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_le_int) }

    /// Where elements are greater.
    public static func .> (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_gt) }

    /// Where elements are greater, compared with a number.
    public static func .> (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_gt_double) }

    /// Where elements are greater, compared with a whole number.
    public static func .> (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_gt_int) }

    /// Where elements are greater or equal.
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_ge) }

    /// Where elements are greater or equal, compared with a number.
    public static func .>= (a: Tensor, b: Double) -> Tensor { a.scalar(b, ctorch_ge_double) }

    /// Where elements are greater or equal, compared with a whole number.
    public static func .>= (a: Tensor, b: Int) -> Tensor { a.scalar(b, ctorch_ge_int) }

    // MARK: Logic

    /// Where both hold.
    public static func .& (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_logical_and) }

    /// Where either holds.
    public static func .| (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_logical_or) }

    /// Where exactly one holds.
    public static func .^ (a: Tensor, b: Tensor) -> Tensor { a.binary(b, ctorch_logical_xor) }

    /// Where the condition does not hold.
    public static prefix func .! (a: Tensor) -> Tensor { a.unary(ctorch_logical_not) }
}
