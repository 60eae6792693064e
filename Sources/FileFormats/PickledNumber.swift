/// A NumPy scalar: its type and its bytes.
enum PickledNumber {
    /// The value of a call of NumPy's `scalar(type, bytes)`; nil of a type that is no number.
    static func value(_ arguments: [PickleValue]) throws -> PickleValue? {
        guard arguments.count == 2, case .numberType(let type) = arguments[0], case .bytes(let bytes) = arguments[1]
        else {
            return nil
        }
        let bits = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch (type, bytes.count) {
        case ("f8", 8): return .float(Double(bitPattern: bits))
        case ("f4", 4): return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
        case ("i8", 8): return .integer(Int(Int64(bitPattern: bits)))
        case ("i4", 4): return .integer(Int(Int32(truncatingIfNeeded: bits)))
        case ("i2", 2): return .integer(Int(Int16(truncatingIfNeeded: bits)))
        case ("i1", 1): return .integer(Int(Int8(truncatingIfNeeded: bits)))
        case ("u1", 1), ("u2", 2), ("u4", 4): return .integer(Int(bits))
        case ("b1", 1): return .boolean(bits != 0)
        default: return nil
        }
    }
}
