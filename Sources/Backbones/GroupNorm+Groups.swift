internal import TorchNN

extension GroupNorm {
    /// Groups of at least four channels, at most 32: with one channel in a group its mean would be lost.
    static func groups(_ channels: Int) -> Int {
        var groups = min(32, max(1, channels / 4))
        while channels % groups != 0 { groups -= 1 }
        return groups
    }
}
