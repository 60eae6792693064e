/// Requirements of a method on a network for some data.
///
/// A method states it, a network answers with ``UNet/mistake(for:with:)`` and its likes, and serves it as a
/// ``ConditionalNetwork``. Neither knows the other.
public struct NetworkInterface: Hashable, Sendable {
    /// Shape of one example of the data.
    public enum Shape: Hashable, Sendable {
        /// A vector of n numbers, [n].
        case vector(Int)
        /// Channels of squares, [C, H, W] with H = W = size.
        case map(channels: Int, size: Int)

        /// [n] or [C, H, W].
        public var dimensions: [Int] {
            switch self {
            case .vector(let count): [count]
            case .map(let channels, let size): [channels, size, size]
            }
        }

        /// Numbers of one example.
        public var count: Int { dimensions.reduce(1, *) }
    }

    /// Time input.
    public enum Time: String, Hashable, Sendable, CaseIterable {
        /// None.
        case none
        /// t in [0, 1].
        case unit
        /// c_noise = ln(sigma) / 4 of EDM (Karras et al., NeurIPS 2022, table 1), about -1.6 to 1.1.
        case logNoiseLevel
    }

    /// Output of a network.
    public enum Head: Hashable, Sendable {
        /// The shape of the data, [B, ...].
        case sample
        /// One number per example, [B], under this name.
        case scalar(String)
    }

    /// Origin of the first input.
    public enum Input: Hashable, Sendable {
        /// A standard normal vector of a size that the network chooses.
        case noise
        /// The shape of the data.
        case sample
    }

    /// Shape of one example of the data.
    public var shape: Shape
    /// Origin of the first input.
    public var input: Input
    /// Time input.
    public var time: Time
    /// Names of further numbers per example, such as "guidance".
    public var scalars: [String]
    /// Number of classes, at least 1.
    public var classes: Int
    /// Permission of the label `classes`, which stands for "no class".
    public var nullClass: Bool
    /// Channels that are concatenated to the input, such as those of an image that the output depends on.
    public var extraChannels: Int
    /// Outputs, in their order.
    public var heads: [Head]

    /// By default a map of samples to samples without any condition.
    public init(
        shape: Shape, input: Input = .sample, time: Time = .none, scalars: [String] = [], classes: Int = 1,
        nullClass: Bool = false, extraChannels: Int = 0, heads: [Head] = [.sample]
    ) {
        (self.shape, self.input, self.time, self.scalars) = (shape, input, time, scalars)
        (self.classes, self.nullClass, self.extraChannels, self.heads) = (classes, nullClass, extraChannels, heads)
    }
}

// MARK: - For networks

extension NetworkInterface {
    /// A contradiction that no network could serve, as a clause; nil if there is none.
    var mistake: String? {
        guard shape.dimensions.allSatisfy({ $0 > 0 }) else { return "data of shape \(shape.dimensions) are empty" }
        guard classes > 0 else { return "\(classes) classes are too few: one stands for data without classes" }
        guard extraChannels >= 0 else { return "a number of further channels is below 0" }
        guard !heads.isEmpty else { return "no output is asked for" }
        guard Set(heads).count == heads.count else { return "an output is asked for twice" }
        guard Set(scalars).count == scalars.count else { return "a scalar is given twice" }
        return nil
    }

    /// Rows of an embedding of classes.
    var labels: Int { classes + (nullClass ? 1 : 0) }

    /// Names of the scalar heads.
    var scalarHeads: [String] {
        heads.compactMap { if case .scalar(let name) = $0 { name } else { nil } }
    }

    /// Channels and size of a map; nil for vectors.
    var map: (channels: Int, size: Int)? {
        if case .map(let channels, let size) = shape { (channels, size) } else { nil }
    }
}
