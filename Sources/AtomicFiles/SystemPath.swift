internal import Foundation
internal import Synchronization

/// Texts that stand for paths, which are bytes: where those are no UTF-8, `\xE9` stands for a byte.
package enum SystemPath {
    private static let known = Mutex<[String: [UInt8]]>([:])

    /// Lets a text stand for bytes, whatever it says.
    package static func remember(_ text: String, as bytes: [UInt8]) { known.withLock { $0[text] = bytes } }

    /// The bytes of a path that need not exist yet: those that it is remembered for, else its UTF-8.
    package static func bytes(_ text: String) -> [UInt8] {
        guard text.contains("\\x") else { return Array(text.utf8) }
        return known.withLock { $0[text] } ?? Array(text.utf8)
    }

    /// The bytes of a path that is read: where nothing of that name exists, escapes in it are bytes.
    package static func existing(_ text: String) -> [UInt8] {
        let plain = bytes(text)
        guard text.contains("\\x"), !exists(plain) else { return plain }
        let other = unescaped(text)
        return exists(other) ? other : plain
    }

    /// A path as the system's calls take it.
    package static func terminated(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    /// The bytes of a text in which `\xE9` stands for a byte; a backslash without `x` and two hexadecimal digits stands for
    /// itself.
    package static func unescaped(_ text: String) -> [UInt8] {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            if let byte = escapedByte(source[index...]) {
                bytes.append(byte)
                index += 4
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return bytes
    }

    /// The byte that `\xE9` at the start stands for.
    package static func escapedByte(_ bytes: ArraySlice<UInt8>) -> UInt8? {
        guard bytes.count >= 4, bytes.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]) else { return nil }
        let digits = bytes.dropFirst(2).prefix(2)
        guard digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// The working folder of the process.
    package static var workingFolder: [UInt8] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard getcwd(&buffer, buffer.count) != nil else { return Array(".".utf8) }
        return buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    }

    private static func exists(_ bytes: [UInt8]) -> Bool {
        var status = stat()
        return stat(terminated(bytes), &status) == 0
    }
}
