/// A parser of the Python literals that headers of `.npy` files are made of; it evaluates nothing.
struct PythonLiteral {
    /// A parsed literal.
    enum Value: Equatable {
        case string(String)
        case integer(Int)
        case bool(Bool)
        case none
        case sequence([Value])
        case dictionary([String: Value])
    }

    private var rest: ArraySlice<UInt8>
    /// A hostile header must not exhaust the stack.
    private var depth = 0

    init(_ text: ArraySlice<UInt8>) { rest = text }

    /// The one literal that the text consists of, or `nil` when it is anything else.
    mutating func parse() -> Value? {
        guard let value = value() else { return nil }
        skipSpace()
        return rest.isEmpty ? value : nil
    }

    private mutating func value() -> Value? {
        skipSpace()
        depth += 1
        defer { depth -= 1 }
        guard let first = rest.first, depth < 32 else { return nil }
        switch first {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map(Value.string)
        case UInt8(ascii: "("): return sequence(until: UInt8(ascii: ")"))
        case UInt8(ascii: "["): return sequence(until: UInt8(ascii: "]"))
        case UInt8(ascii: "{"): return dictionary()
        default: return word()
        }
    }

    private mutating func word() -> Value? {
        let word = rest.prefix { !" \n\t,:()[]{}'\"".utf8.contains($0) }
        rest = rest.dropFirst(word.count)
        switch String(decoding: word, as: UTF8.self) {
        case "True": return .bool(true)
        case "False": return .bool(false)
        case "None": return Value.none
        // Python 2 wrote long integers as 3L.
        case let text: return Int(text.hasSuffix("L") ? String(text.dropLast()) : text).map(Value.integer)
        }
    }

    private mutating func string() -> String? {
        guard let quote = rest.popFirst(), let end = rest.firstIndex(of: quote) else { return nil }
        let text = rest[..<end]
        rest = rest[(end + 1)...]
        return text.contains(UInt8(ascii: "\\")) ? nil : String(decoding: text, as: UTF8.self)
    }

    private mutating func sequence(until close: UInt8) -> Value? {
        rest.removeFirst()
        var items = [Value]()
        while !take(close) {
            guard let item = value(), take(UInt8(ascii: ",")) || next() == close else { return nil }
            items.append(item)
        }
        return .sequence(items)
    }

    private mutating func dictionary() -> Value? {
        rest.removeFirst()
        var entries = [String: Value]()
        while !take(UInt8(ascii: "}")) {
            skipSpace()
            guard let key = string(), take(UInt8(ascii: ":")), let item = value(), entries[key] == nil,
                take(UInt8(ascii: ",")) || next() == UInt8(ascii: "}")
            else { return nil }
            entries[key] = item
        }
        return .dictionary(entries)
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") }
    }

    private mutating func next() -> UInt8? {
        skipSpace()
        return rest.first
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next() == byte else { return false }
        rest.removeFirst()
        return true
    }
}
