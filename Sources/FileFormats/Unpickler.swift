/// Reads pickles of dictionaries of tensors, and executes nothing.
///
/// A pickle is a program for a small machine with a stack and a memo. Of its instructions those are understood that
/// `torch.save` uses for state dicts and for the settings beside them (protocols 2 to 4); of the classes and functions that it
/// may call, those of ``PickleGlobal``, none of which runs any code of the file's choice.
struct Unpickler {
    private let bytes: ArraySlice<UInt8>
    private let name: String
    private var position: Int
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var tupleElements = 0
    private static let mostTupleElements = 1 << 22
    /// The storages that were mentioned, by key.
    private(set) var storages: [String: PickledStorage] = [:]
    /// Dictionaries and lists of all pickles.
    private(set) var arena = PickleArena()

    /// A reader of one or more pickles in a row.
    ///
    /// - Parameters:
    ///   - bytes: The pickles.
    ///   - name: What errors call the file.
    init(_ bytes: ArraySlice<UInt8>, name: String) {
        self.bytes = bytes
        self.name = name
        position = bytes.startIndex
    }

    /// What follows the pickles that were read.
    var rest: ArraySlice<UInt8> { bytes[position...] }

    /// The value of the next pickle.
    mutating func value() throws -> PickleValue {
        (stack, marks, memo) = ([], [], [:])
        while true {
            let instruction = try byte()
            if instruction == UInt8(ascii: ".") { return try pop() }
            try execute(instruction)
        }
    }

    private mutating func execute(_ instruction: UInt8) throws {
        switch instruction {
        case 0x80: guard (2...5).contains(try byte()) else { throw damaged("a protocol that is unknown") }
        case 0x95: try skip(8)
        case 0x28: marks.append(stack.count)
        case 0x4E, 0x88, 0x89, 0x4A, 0x4B, 0x4D, 0x8A, 0x47, 0x58, 0x8C, 0x42, 0x43, 0x54, 0x55, 0x8E:
            stack.append(try scalar(instruction))
        case 0x29: stack.append(.tuple([]))
        case 0x85...0x87: try tuple(pop(Int(instruction) - 0x84))
        case 0x74: try tuple(popToMark())
        case 0x7D: stack.append(makeDictionary())
        case 0x5D: stack.append(makeList())
        case 0x8F: stack.append(.other("a set"))
        case 0x90: _ = try popToMark()
        case 0x30: _ = try pop()
        case 0x73: try setItems(pop(2))
        case 0x75: try setItems(popToMark())
        case 0x61: try append(pop(1))
        case 0x65: try append(popToMark())
        case 0x71: memo[Int(try byte())] = try top()
        case 0x72: memo[try unsigned(4)] = try top()
        case 0x94: memo[memo.count] = try top()
        case 0x68: try recall(Int(byte()))
        case 0x6A: try recall(unsigned(4))
        case 0x63: try global(line(), line())
        case 0x93: try stackGlobal()
        case 0x52, 0x81: try reduce()
        case 0x51: try persistent()
        case 0x62: _ = try pop()  // BUILD: attributes, such as a state dict's `_metadata`
        default: throw refused("the pickle instruction 0x\(String(instruction, radix: 16))")
        }
    }

    private mutating func scalar(_ instruction: UInt8) throws -> PickleValue {
        switch instruction {
        case 0x88: return .boolean(true)
        case 0x89: return .boolean(false)
        case 0x4A: return .integer(Int(Int32(truncatingIfNeeded: try unsigned(4))))
        case 0x4B: return .integer(Int(try byte()))
        case 0x4D: return .integer(try unsigned(2))
        case 0x8A: return .integer(try long())
        case 0x47: return .float(Double(bitPattern: try take(8).reduce(0) { $0 << 8 | UInt64($1) }))
        case 0x58: return .string(try text(unsigned(4)))
        case 0x8C: return .string(try text(Int(byte())))
        case 0x43: return .bytes(Array(try take(Int(byte()))))
        case 0x42: return .bytes(Array(try take(unsigned(4))))
        case 0x8E: return .bytes(Array(try take(length(8))))
        // Texts of Python 2, whose bytes are Latin-1.
        case 0x55: return .string(latin(try take(Int(byte()))))
        case 0x54: return .string(latin(try take(unsigned(4))))
        default: return .none
        }
    }

    // MARK: - Containers

    private mutating func makeDictionary() -> PickleValue {
        arena.dictionaries.append([:])
        return .dictionary(arena.dictionaries.count - 1)
    }

    private mutating func makeList() -> PickleValue {
        arena.lists.append([])
        return .list(arena.lists.count - 1)
    }

    private mutating func tuple(_ values: [PickleValue]) throws {
        let tuple = PickleValue.tuple(values)
        guard tuple.depth <= 4 else { throw refused("tuples that lie \(tuple.depth) deep within each other") }
        // A tuple of tuples of one tuple, made from the memo, would double its size each time it is named.
        tupleElements += Self.elements(of: tuple)
        guard tupleElements <= Self.mostTupleElements else { throw refused("tuples of too many values") }
        stack.append(tuple)
    }

    private static func elements(of value: PickleValue) -> Int {
        guard case .tuple(let values) = value else { return 1 }
        return values.reduce(1) { $0 + elements(of: $1) }
    }

    private mutating func setItems(_ items: [PickleValue]) throws {
        guard items.count % 2 == 0 else { throw damaged("items without a dictionary") }
        // Items of an object of which nothing is kept.
        if case .other = try top() { return }
        guard case .dictionary(let number) = try top() else { throw damaged("items without a dictionary") }
        for index in stride(from: 0, to: items.count, by: 2) {
            arena.dictionaries[number][Self.key(items[index])] = items[index + 1]
        }
    }

    private static func key(_ value: PickleValue) -> String {
        switch value {
        case .string(let key): key
        case .integer(let key): String(key)
        default: "(\(value.kind))"
        }
    }

    private mutating func append(_ items: [PickleValue]) throws {
        if case .other = try top() { return }
        guard case .list(let number) = try top() else { throw damaged("items without a list") }
        arena.lists[number] += items
    }

    private mutating func recall(_ index: Int) throws {
        guard let value = memo[index] else { throw damaged("a reference to nothing") }
        stack.append(value)
    }

    // MARK: - Classes and calls

    private mutating func global(_ module: String, _ name: String) throws {
        guard let global = PickleGlobal(module: module, name: name) else { throw refused("\(module).\(name)") }
        stack.append(.global(global))
    }

    private mutating func stackGlobal() throws {
        let names = try pop(2)
        guard case .string(let module) = names[0], case .string(let name) = names[1] else {
            throw damaged("a class without a name")
        }
        try global(module, name)
    }

    private mutating func reduce() throws {
        let call = try pop(2)
        guard case .global(let function) = call[0], case .tuple(let arguments) = call[1] else {
            throw damaged("a call of \(call[0].kind)")
        }
        switch function {
        case .orderedDictionary where arguments.isEmpty: stack.append(makeDictionary())
        case .rebuildTensor: stack.append(.tensor(try tensor(arguments)))
        case .rebuildParameter:
            guard case .tensor? = arguments.first else { throw damaged("a parameter without a tensor") }
            stack.append(arguments[0])
        case .numpyType:
            guard case .string(let name)? = arguments.first else { throw damaged("a type of numbers without a name") }
            stack.append(.numberType(name))
        case .numpyScalar: stack.append(try PickledNumber.value(arguments) ?? .other("a NumPy value"))
        case .encode:
            guard case .string(let text)? = arguments.first else { throw damaged("bytes without a text") }
            stack.append(.bytes(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }))
        case .inert("collections.defaultdict"), .inert("builtins.dict"), .inert("__builtin__.dict"):
            stack.append(makeDictionary())
        case .inert(let name): stack.append(.other(name))
        default: throw damaged("a call that makes no tensor")
        }
    }

    private func tensor(_ arguments: [PickleValue]) throws -> PickledTensor {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
            let shape = arguments[2].integers, let strides = arguments[3].integers
        else { throw damaged("a tensor whose description is wrong") }
        return PickledTensor(storage: storage, offset: offset, shape: shape, strides: strides)
    }

    /// `("storage", type, key, device, count)`, and None after it in the plain stream.
    private mutating func persistent() throws {
        guard case .tuple(let facts) = try pop(), facts.count >= 5, case .string("storage") = facts[0],
            case .global(.storage(let type)) = facts[1], case .string(let key) = facts[2],
            case .integer(let count) = facts[4], (0...(Int.max >> 4)).contains(count)
        else { throw damaged("a storage whose description is wrong") }
        if facts.count > 5 {
            guard case .none = facts[5] else { throw refused("a storage that is a view") }
        }
        let storage = PickledStorage(key: key, type: type, count: count)
        storages[key] = storage
        stack.append(.storage(storage))
    }

    // MARK: - The stack

    private func top() throws -> PickleValue {
        guard let value = stack.last, stack.count > (marks.last ?? 0) else { throw damaged("an empty stack") }
        return value
    }

    private mutating func pop() throws -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func pop(_ count: Int) throws -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw damaged("an empty stack") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw damaged("no mark") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    // MARK: - Bytes

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count <= bytes.endIndex - position else { throw FileError.truncated(name, "its description ends early") }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    private mutating func skip(_ count: Int) throws { _ = try take(count) }

    private mutating func byte() throws -> UInt8 { try take(1).first ?? 0 }

    private mutating func unsigned(_ count: Int) throws -> Int {
        try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func length(_ count: Int) throws -> Int {
        let bits = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let length = Int(exactly: bits) else { throw damaged("a length of \(bits) bytes") }
        return length
    }

    private func latin(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
    }

    /// A little-endian number in two's complement, at most 8 bytes.
    private mutating func long() throws -> Int {
        let count = Int(try byte())
        guard count <= 8 else { throw refused("an integer of \(count) bytes") }
        let bits = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let shift = UInt64(64 - 8 * count)
        return count == 0 ? 0 : Int(Int64(bitPattern: bits << shift) >> Int64(shift))
    }

    private mutating func text(_ count: Int) throws -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw damaged("text that is not UTF-8")
        }
        return text
    }

    private mutating func line() throws -> String {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            throw FileError.truncated(name, "its description ends early")
        }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private func damaged(_ what: String) -> FileError { .corrupt(name, "its description contains \(what)") }

    private func refused(_ what: String) -> FileError {
        FileError(
            .unsupported, name, "contains \(what), which a dictionary of tensors does not need; nothing was executed",
            remedy: "Load it in PyTorch, if you trust it, and save the `state_dict()` alone.")
    }
}
