internal import CTorch

/// Facts about the machine, and how much of it to use.
public enum Machine {
    /// Version of libtorch, such as 2.13.0.
    public static var torchVersion: String { String(cString: ctorch_version()) }

    /// Vector extension that libtorch's own CPU kernels use: DEFAULT, AVX2, AVX512 and so on.
    public static var cpuCapability: String { String(cString: ctorch_cpu_capability()) }

    /// True if the CPU multiplies bfloat16 in hardware (AVX512-BF16, AMX or Arm BF16), so that autocast pays.
    public static var hasFastBFloat16: Bool { ctorch_cpu_has_bfloat16() }

    /// True if libtorch was built with Intel's MKL.
    public static var hasMKL: Bool { ctorch_has_mkl() }

    /// True if libtorch was built with oneDNN.
    public static var hasOneDNN: Bool { ctorch_has_onednn() }

    /// Threads that one operation may use.
    public static var threads: Int {
        get { Int(ctorch_threads()) }
        set { _ = succeeded(ctorch_set_threads(Int32(clamping: newValue))) }
    }

    /// The instruction sets of this processor that our own kernels are compiled for, the best first.
    public static var instructionSets: [String] {
        sequence(first: Int32(0)) { $0 + 1 }
            .lazy.map { ctorch_instruction_set($0) }
            .prefix { $0 != nil }
            .compactMap { $0.map { String(cString: $0) } }
    }

    /// Calls `work(begin, end, context)` with parts of 0..<count and returns when all are done.
    package typealias Pool = @convention(c) (Int64, Work, UnsafeMutableRawPointer?) -> Void
    /// A part of the work of a ``Pool``.
    package typealias Work = @convention(c) (Int64, Int64, UnsafeMutableRawPointer?) -> Void

    /// The threads of libtorch's operations, for kernels outside of libtorch: two pools would get in each other's way.
    package static var pool: Pool { ctorch_parallel }

    /// Lets the process keep memory that tensors below 32 MiB have freed, for the next ones, instead of handing it back to the system
    /// and having it zeroed again at every step of a training.
    ///
    /// For programs that train, at their start. About 5 % of the time of a step with tensors of a few megabytes; without effect on systems other
    /// than Linux with glibc.
    public static func keepFreedMemory() {
        ctorch_keep_freed_memory()
    }

    /// Bytes of memory that this process can still get: those that the system has left, swap included, but no more than its
    /// control group (a container) and its own limits (`ulimit -v`) allow; nil where the system does not say.
    public static var availableMemory: Int? {
        let bytes = ctorch_available_memory()
        return bytes == .max ? nil : Int(bytes)
    }

    /// Makes a tensor on the CPU that needs more than ``availableMemory`` a failure with ``TorchError/Code/outOfMemory``, instead of
    /// a process that the system ends once it fills the tensor.
    ///
    /// For programs, at their start: it replaces libtorch's allocator on the CPU by one that looks first. Only tensors of more than
    /// 32 MiB are looked at, which costs them some microseconds. Without effect on systems other than Linux.
    public static func refuseExcessiveAllocations() {
        ctorch_refuse_excessive_allocations()
    }

    /// Allows or forbids TF32 in matrix products and convolutions on CUDA; libtorch forbids it in products by default.
    public static func allowTF32(_ allowed: Bool) {
        ctorch_set_tf32(allowed)
    }

    /// Makes operations without a deterministic implementation fail, so that runs repeat bit for bit.
    public static func requireDeterminism(_ required: Bool) {
        _ = succeeded(ctorch_set_deterministic(required))
    }

    /// Tensors alive in this process.
    public static var aliveTensors: Int { Int(ctorch_alive()) }

    /// Tensors made less tensors freed by the calling thread: a synchronous test of leaks counts exactly.
    public static var aliveTensorsOfThisThread: Int { Int(ctorch_alive_on_this_thread()) }
}
