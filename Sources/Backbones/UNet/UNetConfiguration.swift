extension UNet {
    /// Sizes of a network; channels, size, classes and the like come from the ``NetworkInterface``.
    ///
    /// The defaults suit two CPU cores and images of 28 x 28 or 32 x 32: with one channel, time and ten classes 1.2 M
    /// parameters. ADM itself has width 192 to 256, three blocks and condition 4 width.
    public struct Configuration: Sendable, Hashable {
        /// Channels of the finest level.
        public var width = 32
        /// Channels of each level over `width`, finest first; each level but the first halves height and width.
        public var multipliers = [1, 2, 2]
        /// Residual blocks of a level on the way down; one more on the way up.
        public var blocks = 1
        /// Largest height at which blocks are followed by attention; 0 for no attention.
        public var attentionSize = 8
        /// Channels of an attention head, at least; ADM's is 64.
        public var headWidth = 32
        /// Size of the conditioning vector.
        public var condition = 128
        /// Probability of dropout before the second convolution of a block, in [0, 1).
        public var dropout = 0.0

        /// A network for small images.
        public init() {}

        /// Number of times that height and width are divided by two.
        public var halvings: Int { max(multipliers.count - 1, 0) }

        /// A contradiction between the sizes, as a clause; nil if a network can be made.
        public var mistake: String? {
            guard !multipliers.isEmpty else { return "there are no multipliers: one level needs one" }
            guard ([width, blocks, headWidth, condition] + multipliers).allSatisfy({ $0 > 0 }) else {
                return "a size is not above 0"
            }
            guard halvings < 32 else { return "\(multipliers.count) levels are too many" }
            guard attentionSize >= 0 else { return "attention_size is below 0" }
            guard (0..<1).contains(dropout) else { return "dropout \(dropout) does not lie in [0, 1)" }
            return nil
        }

        /// Channels of each level, finest first.
        var channels: [Int] { multipliers.map { $0 * width } }
    }
}
