internal import Foundation

/// An array as NumPy's `.npy` and `.npz` files hold it: a dtype, a shape, and elements in row-major order.
public struct NumpyArray: Sendable, Hashable {
    /// The types of elements that are read and written, named after NumPy's type codes.
    public enum ElementType: String, Sendable, CaseIterable {
        /// Truth values, one byte each.
        case bool = "b1"
        /// 8-bit integers from 0.
        case uint8 = "u1"
        /// 16-bit integers from 0.
        case uint16 = "u2"
        /// 32-bit integers from 0.
        case uint32 = "u4"
        /// 64-bit integers from 0.
        case uint64 = "u8"
        /// 8-bit integers.
        case int8 = "i1"
        /// 16-bit integers.
        case int16 = "i2"
        /// 32-bit integers.
        case int32 = "i4"
        /// 64-bit integers.
        case int64 = "i8"
        /// Half precision.
        case float16 = "f2"
        /// Single precision.
        case float32 = "f4"
        /// Double precision.
        case float64 = "f8"

        /// Bytes per element.
        public var size: Int {
            switch self {
            case .bool, .uint8, .int8: 1
            case .float16, .int16, .uint16: 2
            case .int32, .uint32, .float32: 4
            case .int64, .uint64, .float64: 8
            }
        }

        /// NumPy's name, such as `float32`.
        public var name: String { "\(self)" }
    }

    /// The type of the elements.
    public let elementType: ElementType
    /// The extents; empty for a single element.
    public let shape: [Int]
    /// The elements, little-endian, in row-major order.
    public let bytes: [UInt8]

    /// Creates an array from its bytes.
    ///
    /// - Parameters:
    ///   - elementType: The type of the elements.
    ///   - shape: The extents; empty for a single element.
    ///   - bytes: The elements, little-endian, in row-major order: as many as the shape says.
    public init(elementType: ElementType, shape: [Int], bytes: [UInt8]) {
        demand(shape.allSatisfy { $0 >= 0 }, "extents are not negative: \(shape)")
        let needed = shape.reduce(elementType.size, *)
        demand(bytes.count == needed, "shape \(shape) needs \(needed) bytes, not \(bytes.count)")
        self.elementType = elementType
        self.shape = shape
        self.bytes = bytes
    }

    /// Creates an array from values.
    ///
    /// - Parameters:
    ///   - values: The elements in row-major order: as many as the shape says.
    ///   - shape: The extents; one extent, the count of values, if `nil`.
    public init<Element: NumpyElement>(_ values: [Element], shape: [Int]? = nil) {
        let bytes = values.withUnsafeBytes { Array($0) }
        self.init(elementType: Element.numpyType, shape: shape ?? [values.count], bytes: bytes)
    }

    /// How many elements there are.
    public var count: Int { bytes.count / elementType.size }

    /// The elements in row-major order.
    ///
    /// - Parameter type: The type that belongs to ``elementType``; any other is a programmer's error. Where the type is
    ///   the file's choice, use ``integers`` or ``doubles``.
    public func values<Element: NumpyElement>(as type: Element.Type = Element.self) -> [Element] {
        demand(
            elementType == Element.numpyType, "the elements are \(elementType.name), not \(Element.numpyType.name)")
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
            initialized = count
        }
    }

    /// The elements of an integer or truth type, in row-major order; `nil` for floating point, and where one does not fit
    /// into `Int`.
    public var integers: [Int]? {
        switch elementType {
        case .bool, .uint8: bytes.map(Int.init)
        case .int8: values(as: Int8.self).map(Int.init)
        case .int16: values(as: Int16.self).map(Int.init)
        case .int32: values(as: Int32.self).map(Int.init)
        case .int64: values(as: Int64.self).map(Int.init)
        case .uint16: values(as: UInt16.self).map(Int.init)
        case .uint32: values(as: UInt32.self).map(Int.init)
        case .uint64: Self.whole(values(as: UInt64.self))
        case .float16, .float32, .float64: nil
        }
    }

    private static func whole(_ values: [UInt64]) -> [Int]? {
        values.allSatisfy { $0 <= UInt64(Int.max) } ? values.map(Int.init) : nil
    }

    /// The elements of any type in double precision, in row-major order; 64-bit integers may be rounded.
    public var doubles: [Double] {
        switch elementType {
        case .bool, .uint8: bytes.map(Double.init)
        case .int8: values(as: Int8.self).map(Double.init)
        case .int16: values(as: Int16.self).map(Double.init)
        case .int32: values(as: Int32.self).map(Double.init)
        case .int64: values(as: Int64.self).map(Double.init)
        case .uint16: values(as: UInt16.self).map(Double.init)
        case .uint32: values(as: UInt32.self).map(Double.init)
        case .uint64: values(as: UInt64.self).map { Double($0) }  // not Double(bitPattern:)
        case .float16: values(as: Float16.self).map(Double.init)
        case .float32: values(as: Float.self).map(Double.init)
        case .float64: values()
        }
    }
}

/// A type whose values NumPy stores in the same bytes.
///
/// Only the conforming types of this module exist; the list is NumPy's.
public protocol NumpyElement: BitwiseCopyable, Sendable {
    /// The type's name in NumPy.
    static var numpyType: NumpyArray.ElementType { get }
}

extension Bool: NumpyElement {
    /// NumPy's `bool`.
    public static var numpyType: NumpyArray.ElementType { .bool }
}

extension UInt8: NumpyElement {
    /// NumPy's `uint8`.
    public static var numpyType: NumpyArray.ElementType { .uint8 }
}

extension Int8: NumpyElement {
    /// NumPy's `int8`.
    public static var numpyType: NumpyArray.ElementType { .int8 }
}

extension Int16: NumpyElement {
    /// NumPy's `int16`.
    public static var numpyType: NumpyArray.ElementType { .int16 }
}

extension UInt16: NumpyElement {
    /// NumPy's `uint16`.
    public static var numpyType: NumpyArray.ElementType { .uint16 }
}

extension UInt32: NumpyElement {
    /// NumPy's `uint32`.
    public static var numpyType: NumpyArray.ElementType { .uint32 }
}

extension UInt64: NumpyElement {
    /// NumPy's `uint64`.
    public static var numpyType: NumpyArray.ElementType { .uint64 }
}

extension Int32: NumpyElement {
    /// NumPy's `int32`.
    public static var numpyType: NumpyArray.ElementType { .int32 }
}

extension Int64: NumpyElement {
    /// NumPy's `int64`.
    public static var numpyType: NumpyArray.ElementType { .int64 }
}

extension Float16: NumpyElement {
    /// NumPy's `float16`.
    public static var numpyType: NumpyArray.ElementType { .float16 }
}

extension Float: NumpyElement {
    /// NumPy's `float32`.
    public static var numpyType: NumpyArray.ElementType { .float32 }
}

extension Double: NumpyElement {
    /// NumPy's `float64`.
    public static var numpyType: NumpyArray.ElementType { .float64 }
}
