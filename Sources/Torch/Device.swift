internal import CTorch

/// Where a tensor's elements live and its operations run.
public enum Device: Sendable, Hashable, CustomStringConvertible {
    /// The host.
    case cpu
    /// An NVIDIA GPU, counted from 0.
    case cuda(Int)
    /// The GPU of an Apple machine.
    case mps

    /// Reads `cpu`, `cuda`, `cuda:1` or `mps`.
    ///
    /// - Parameter name: The name, as PyTorch writes it.
    /// - Throws: ``TorchError`` if there is no such device on this machine; the message lists those that there are.
    public init(named name: String) throws {
        guard let device = Self(parsing: name) else {
            throw TorchError(.deviceUnavailable, "There is no device '\(name)'. Write cpu, cuda, cuda:N or mps.")
        }
        guard device.isAvailable else {
            let known = Self.available.map(\.description).joined(separator: ", ")
            throw TorchError(
                .deviceUnavailable,
                "The device '\(name)' is not available here; this machine and this libtorch (\(Machine.torchVersion)) offer: \(known)."
            )
        }
        self = device
    }

    private init?(parsing name: String) {
        switch name {
        case "cpu": self = .cpu
        case "mps": self = .mps
        case "cuda": self = .cuda(0)
        default:
            guard name.hasPrefix("cuda:"), let index = Int(name.dropFirst(5)), index >= 0 else { return nil }
            self = .cuda(index)
        }
    }

    /// All devices of this machine that this build of libtorch can use.
    public static var available: [Device] {
        [.cpu] + (0..<Int(ctorch_cuda_count())).map(Device.cuda) + (ctorch_has_mps() ? [.mps] : [])
    }

    /// Whether this device can be used here.
    public var isAvailable: Bool { Self.available.contains(self) }

    /// Waits until everything that was queued on the device has finished.
    public func synchronize() {
        _ = succeeded(ctorch_synchronize(kind, index))
    }

    /// The name, as PyTorch writes it.
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        case .mps: "mps"
        }
    }

    var kind: Int32 {
        switch self {
        case .cpu: Int32(CTORCH_CPU)
        case .cuda: Int32(CTORCH_CUDA)
        case .mps: Int32(CTORCH_MPS)
        }
    }

    var index: Int32 {
        if case .cuda(let index) = self { Int32(index) } else { 0 }
    }

    init(kind: Int32, index: Int32) {
        switch Int(kind) {
        case CTORCH_CUDA: self = .cuda(Int(index))
        case CTORCH_MPS: self = .mps
        default: self = .cpu
        }
    }
}

/// How the elements of an image batch [B, C, H, W] lie in memory.
public enum MemoryFormat: Sendable, Hashable {
    /// Row-major order of the dimensions as written.
    case contiguous
    /// The channels of a pixel side by side (NHWC in memory); convolutions are faster so.
    case channelsLast

    var code: Int32 {
        self == .channelsLast ? Int32(CTORCH_CHANNELS_LAST) : Int32(CTORCH_CONTIGUOUS)
    }
}
