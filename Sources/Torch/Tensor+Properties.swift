internal import CTorch

extension Tensor: CustomStringConvertible {
    /// Sizes of the dimensions; empty for a scalar.
    public var shape: [Int] {
        withHandle { handle in
            let rank = Int(ctorch_rank(handle))
            return Self.int64s(count: rank) { ctorch_shape(handle, $0) }
        }
    }

    /// Steps, in elements, between neighbours along each dimension.
    public var strides: [Int] {
        withHandle { handle in
            let rank = Int(ctorch_rank(handle))
            return Self.int64s(count: rank) { ctorch_strides(handle, $0) }
        }
    }

    private static func int64s(count: Int, _ fill: (UnsafeMutablePointer<Int64>) -> Void) -> [Int] {
        guard count > 0 else { return [] }
        return [Int](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.withMemoryRebound(to: Int64.self) { rebound in
                if let address = rebound.baseAddress { fill(address) }
            }
            initialized = count
        }
    }

    /// Number of dimensions.
    public var rank: Int { withHandle { Int(ctorch_rank($0)) } }

    /// Number of elements.
    public var count: Int { withHandle { Int(ctorch_count($0)) } }

    /// Type of the elements.
    public var dtype: DType { withHandle { DType(code: ctorch_dtype($0)) } }

    /// Where the elements live.
    public var device: Device {
        withHandle { handle in
            var kind: Int32 = 0
            var index: Int32 = 0
            ctorch_device(handle, &kind, &index)
            return Device(kind: kind, index: index)
        }
    }

    /// Whether there is a tensor at all; false for the result of an operation that failed in ``catchingTorchErrors(_:)``.
    public var isDefined: Bool { withHandle { ctorch_is_defined($0) } }

    /// Whether the elements lie densely in memory in the given format.
    public func isContiguous(_ format: MemoryFormat = .contiguous) -> Bool {
        withHandle { ctorch_is_contiguous($0, format.code) }
    }

    /// Whether both tensors see the same memory.
    public func sharesStorage(with other: Tensor) -> Bool {
        withHandles(self, other) { ctorch_shares_storage($0, $1) }
    }

    /// libtorch's rendering of elements, dtype and shape.
    public var description: String {
        withHandle { handle in
            var text: UnsafeMutablePointer<CChar>?
            guard ctorch_description(handle, &text) == CTORCH_OK, let text else { return "Tensor" }
            defer { ctorch_free_string(text) }
            return String(cString: text)
        }
    }
}
