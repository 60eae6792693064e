internal import CTorch

/// Arguments in the form that C takes.
enum CTorchSupport {
    static func optional<R>(_ a: Tensor?, _ body: (OpaquePointer?) -> R) -> R {
        guard let a else { return body(nil) }
        return a.withHandle { body($0) }
    }

    static func optional<R>(_ a: Tensor?, _ b: Tensor?, _ body: (OpaquePointer?, OpaquePointer?) -> R) -> R {
        optional(a) { a in optional(b) { b in body(a, b) } }
    }

    static func list<R>(_ values: [Int], _ body: (UnsafePointer<Int64>, Int64) -> R) -> R {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(values.count, 1)) { buffer in
            for (index, value) in values.enumerated() { buffer[index] = Int64(value) }
            guard let base = buffer.baseAddress else { fatalError("Torch: no stack for \(values.count) numbers") }
            return body(base, Int64(values.count))
        }
    }

    static func sizes<R>(_ a: Size2D, _ body: (UnsafePointer<Int64>) -> R) -> R {
        list(a.list) { values, _ in body(values) }
    }

    static func sizes<R>(
        _ a: Size2D, _ b: Size2D, _ c: Size2D,
        _ body: (UnsafePointer<Int64>, UnsafePointer<Int64>, UnsafePointer<Int64>) -> R
    ) -> R {
        list(a.list + b.list + c.list) { values, _ in body(values, values + 2, values + 4) }
    }
}
