/// Reads pickles of dictionaries of tensors, and executes nothing.
///
/// A pickle is a program for a small machine with a stack and a memo. Of its instructions those are understood that
/// `torch.save` uses for a state dict (protocols 2 to 4); of the classes and functions that it may call, those of
/// ``PickleGlobal``, none of which runs any code of the file's choice.
struct Unpickler {
    private let bytes: ArraySlice<UInt8>
    private let name: String
    private var position: Int
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    /// The storages that were mentioned, by key.
    private(set) var storages: [String: PickledStorage] = [:]

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
        case 0x4E, 0x88, 0x89, 0x4A, 0x4B, 0x4D, 0x8A, 0x47, 0x58, 0x8C: stack.append(try scalar(instruction))
        case 0x29: stack.append(.tuple([]))
        case 0x85...0x87: try tuple(pop(Int(instruction) - 0x84))
        case 0x74: try tuple(popToMark())
        case 0x7D: stack.append(.dictionary(.init()))
        case 0x5D: stack.append(.list(.init()))
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
        case 0x52: try reduce()
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
        default: return .none
        }
    }

    // MARK: - Containers

    private mutating func tuple(_ values: [PickleValue]) throws {
        let tuple = PickleValue.tuple(values.map { if case .tuple = $0 { $0 } else { $0.asElement } })
        guard tuple.depth <= 4 else { throw refused("tuples that lie \(tuple.depth) deep within each other") }
        stack.append(tuple)
    }

    private mutating func setItems(_ items: [PickleValue]) throws {
        guard case .dictionary(let dictionary) = try top(), items.count % 2 == 0 else {
            throw damaged("items without a dictionary")
        }
        for index in stride(from: 0, to: items.count, by: 2) {
            let key = if case .string(let key) = items[index] { key } else { "(\(items[index].kind))" }
            dictionary.values[key] = items[index + 1].asElement
        }
    }

    private mutating func append(_ items: [PickleValue]) throws {
        guard case .list(let list) = try top() else { throw damaged("items without a list") }
        list.values += items.map(\.asElement)
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
        case .orderedDictionary where arguments.isEmpty: stack.append(.dictionary(.init()))
        case .rebuildTensor: stack.append(.tensor(try tensor(arguments)))
        case .rebuildParameter:
            guard case .tensor? = arguments.first else { throw damaged("a parameter without a tensor") }
            stack.append(arguments[0])
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
