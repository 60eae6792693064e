/// Reads the JSON of a header: objects, arrays, strings and whole numbers, all that the format allows.
///
/// Foundation's parser cannot be used: it keeps one of several equal keys, silently.
struct SafetensorsJSON {
    typealias Field = (key: String, value: Value)

    indirect enum Value {
        case object([Field])
        case array([Value])
        case string(String)
        case integer(Int)

        /// The elements of an array of whole numbers.
        var integers: [Int]? {
            guard case .array(let values) = self else { return nil }
            let numbers = values.compactMap { if case .integer(let number) = $0 { number } else { nil } }
            return numbers.count == values.count ? numbers : nil
        }
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var depth = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The fields of the one object that the text consists of; white space may follow.
    mutating func document() throws -> [Field] {
        guard case .object(let fields) = try value() else { throw failure("an object") }
        guard next() == nil else { throw failure("the end") }
        return fields
    }

    private mutating func value() throws -> Value {
        switch next() {
        case UInt8(ascii: "{"): try .object(object())
        case UInt8(ascii: "["): try .array(array())
        case UInt8(ascii: "\""): try .string(string())
        case let digit? where (0x30...0x39).contains(digit): try .integer(integer())
        default: throw failure("an object, an array, a string or a whole number")
        }
    }

    private mutating func object() throws -> [Field] {
        var names: Set<String> = []
        return try list("{", "}") { parser in
            guard parser.next() == UInt8(ascii: "\"") else { throw parser.failure("a name") }
            let key = try parser.string()
            guard names.insert(key).inserted else {
                throw SafetensorsError("the name '\(key)' occurs twice in its header")
            }
            try parser.expect(":")
            return try (key, parser.value())
        }
    }

    private mutating func array() throws -> [Value] {
        try list("[", "]") { try $0.value() }
    }

    /// Elements between two brackets with commas in between.
    private mutating func list<Element>(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ element: (inout Self) throws -> Element
    ) throws -> [Element] {
        try expect(open)
        depth += 1
        guard depth <= 8 else { throw failure("fewer brackets inside of each other") }
        defer { depth -= 1 }
        var elements: [Element] = []
        if next() != UInt8(ascii: close) {
            elements.append(try element(&self))
            while next() == UInt8(ascii: ",") {
                position += 1
                elements.append(try element(&self))
            }
        }
        try expect(close)
        return elements
    }

    private mutating func integer() throws -> Int {
        let start = position
        var number = 0
        while position < bytes.count, case let digit = Int(bytes[position]) - 48, (0...9).contains(digit) {
            let (tens, first) = number.multipliedReportingOverflow(by: 10)
            let (sum, second) = tens.addingReportingOverflow(digit)
            guard !first, !second, number > 0 || position == start else { throw failure("a whole number of 64 bits") }
            number = sum
            position += 1
        }
        if position < bytes.count, ".eE".utf8.contains(bytes[position]) { throw failure("a whole number") }
        return number
    }

    // MARK: Strings

    private mutating func string() throws -> String {
        try expect("\"")
        var content: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            let byte = bytes[position]
            guard byte >= 0x20 else { throw failure("no control character") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                content.append(contentsOf: try escaped())
            } else {
                content.append(byte)
            }
        }
        try expect("\"", skippingSpace: false)
        guard let text = String(validating: content, as: UTF8.self) else { throw failure("text in UTF-8") }
        return text
    }

    /// What an escape sequence after its backslash stands for.
    private mutating func escaped() throws -> [UInt8] {
        guard position < bytes.count else { throw failure("an escape sequence") }
        position += 1
        switch bytes[position - 1] {
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "u"): return try Array(String(unicode()).utf8)
        case let byte where "\"\\/".utf8.contains(byte): return [byte]
        default: throw failure("an escape sequence")
        }
    }

    /// A character given by one UTF-16 unit in hexadecimal digits, or by two.
    private mutating func unicode() throws -> Character {
        var units = [try utf16Unit()]
        if UTF16.isLeadSurrogate(units[0]) {
            try expect("\\", skippingSpace: false)
            try expect("u", skippingSpace: false)
            units.append(try utf16Unit())
        }
        guard let character = String(validating: units, as: UTF16.self)?.first else { throw failure("a character") }
        return character
    }

    private mutating func utf16Unit() throws -> UInt16 {
        let digits = bytes[position..<min(position + 4, bytes.count)]
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else {
            throw failure("four hexadecimal digits")
        }
        position += 4
        return unit
    }

    // MARK: Single bytes

    /// The next byte that is not white space.
    private mutating func next() -> UInt8? {
        while position < bytes.count, " \n\r\t".utf8.contains(bytes[position]) { position += 1 }
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func expect(_ character: Unicode.Scalar, skippingSpace: Bool = true) throws {
        let found = skippingSpace ? next() : position < bytes.count ? bytes[position] : nil
        guard found == UInt8(ascii: character) else { throw failure("\(character)") }
        position += 1
    }

    private func failure(_ expected: String) -> SafetensorsError {
        SafetensorsError("its header is not what the format allows: expected \(expected) at byte \(position)")
    }
}
