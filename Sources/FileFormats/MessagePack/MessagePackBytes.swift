/// MessagePack values as bytes, in the shortest form, as the Python package writes them.
package enum MessagePackBytes {
    /// A map's head; that many keys and values follow.
    package static func map(_ count: Int) -> [UInt8] { head(count, short: (0x80, 15), [(2, 0xDE), (4, 0xDF)]) }

    /// An array's head; that many elements follow.
    package static func array(_ count: Int) -> [UInt8] { head(count, short: (0x90, 15), [(2, 0xDC), (4, 0xDD)]) }

    /// A text.
    package static func string(_ text: String) -> [UInt8] {
        head(text.utf8.count, short: (0xA0, 31), [(1, 0xD9), (2, 0xDA), (4, 0xDB)]) + Array(text.utf8)
    }

    /// The head of bytes; that many follow.
    package static func binary(_ count: Int) -> [UInt8] { head(count, short: nil, [(1, 0xC4), (2, 0xC5), (4, 0xC6)]) }

    /// The head of an extension; that many bytes follow.
    package static func extended(_ type: Int8, _ count: Int) -> [UInt8] {
        let fixed: [Int: UInt8] = [1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8]
        let start = fixed[count].map { [$0] } ?? head(count, short: nil, [(1, 0xC7), (2, 0xC8), (4, 0xC9)])
        return start + [UInt8(bitPattern: type)]
    }

    /// A number that is not negative.
    package static func integer(_ value: Int) -> [UInt8] {
        head(value, short: (0, 127), [(1, 0xCC), (2, 0xCD), (4, 0xCE), (8, 0xCF)])
    }

    /// True.
    package static let yes: [UInt8] = [0xC3]

    private static func head(_ count: Int, short: (UInt8, Int)?, _ forms: [(Int, UInt8)]) -> [UInt8] {
        precondition(count >= 0)
        if let short, count <= short.1 { return [short.0 | UInt8(count)] }
        for (size, mark) in forms where size == 8 || count < 1 << (8 * size) {
            return [mark] + (0..<size).reversed().map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        }
        fatalError("FileFormats: \(count) is too much for a MessagePack value")
    }
}
