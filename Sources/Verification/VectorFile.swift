internal import Artifacts
internal import Backbones
internal import Foundation
internal import Torch

/// The tensors of one file of vectors, and the configuration that they were computed with.
struct VectorFile {
    let name: String
    /// Words of the manifest.
    let description: String
    let config: JSON
    let tensors: [String: Tensor]
    private let path: String

    /// - Throws: ``VerificationError`` if a tensor of the manifest is missing or has another shape or type.
    init(_ entry: VectorFolder.Entry, _ tensors: [String: Tensor], path: String) throws {
        (name, self.tensors, self.path) = (entry.name, tensors, path)
        description = entry.description["description"]?.string ?? ""
        config = entry.description["config"] ?? .object([:])
        for (name, layout) in entry.description["tensors"]?.object ?? [:] {
            guard let tensor = tensors[name] else {
                throw VerificationError("\(path): there is no tensor '\(name)', but manifest.json names it.")
            }
            let expected = Layout(layout)
            guard tensor.shape == expected.shape, expected.dtype ?? tensor.dtype.rawValue == tensor.dtype.rawValue
            else {
                throw VerificationError(
                    """
                    \(path): '\(name)' is \(tensor.dtype.rawValue) \(tensor.shape), but manifest.json says \
                    \(expected.dtype ?? "") \(expected.shape). File and manifest are not of the same set.
                    """)
            }
        }
    }

    /// A tensor that a case needs.
    subscript(name: String) -> Tensor {
        get throws {
            guard let tensor = tensors[name] else { throw VerificationError("\(path): there is no tensor '\(name)'.") }
            return tensor
        }
    }

    /// A tensor whose sizes are letters that stand for the same size everywhere, or numbers.
    func tensor(_ name: String, _ layout: String, _ sizes: inout Sizes) throws -> Tensor {
        let tensor = try self[name]
        try sizes.bind(tensor.shape, layout, of: "\(path): '\(name)'")
        return tensor
    }

    /// Whole numbers from 0 to below `count`, int64.
    func indices(_ name: String, _ layout: String, below count: Int, _ sizes: inout Sizes) throws -> Tensor {
        let indices = try tensor(name, layout, &sizes).to(.int64)
        guard indices.count == 0 || (indices.amin().intItem() >= 0 && indices.amax().intItem() < count) else {
            throw VerificationError("\(path): '\(name)' has numbers that are not from 0 to \(count - 1).")
        }
        return indices
    }

    /// The names below a prefix, without it, sorted.
    func names(in prefix: String) -> [String] {
        tensors.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    /// The first parts of all names, sorted.
    var groups: [String] { Set(tensors.keys.map { String($0.prefix { $0 != "/" }) }).sorted() }

    /// The parameters below a prefix, under the release's names.
    func parameters(in prefix: String = "") -> ReleasedParameters {
        let chosen = names(in: prefix).map { ($0, tensors[prefix + $0]) }
        let pairs = chosen.compactMap { name, tensor in tensor.map { (name, $0) } }
        return ReleasedParameters(Dictionary(uniqueKeysWithValues: pairs), from: path)
    }

    /// A number of the configuration.
    func number(_ key: String) throws -> Int {
        guard let value = config[key]?.int else { throw missing(key, "a whole number") }
        return value
    }

    /// The configuration in a type of ours.
    func configuration<Value: Decodable>(as type: Value.Type) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: JSONEncoder().encode(config))
        } catch {
            let key = (error as? DecodingError)?.key.map { ": see '\($0)'" } ?? ""
            throw VerificationError("manifest.json: the config of \(name) does not describe such a network\(key).")
        }
    }

    /// Numbers of the configuration.
    func numbers(_ key: String) throws -> [Int] {
        guard let values = config[key]?.array.compactMap(\.int), !values.isEmpty else {
            throw missing(key, "whole numbers")
        }
        return values
    }

    private func missing(_ key: String, _ what: String) -> VerificationError {
        VerificationError("manifest.json: the config of \(name) has no '\(key)' with \(what).")
    }
}

/// Type and shape of a tensor in a manifest: `{"dtype": "float64", "shape": [2, 3]}`, or `"F64 [2, 3]"` as in safetensors.
private struct Layout {
    let dtype: String?
    let shape: [Int]

    init(_ description: JSON) {
        guard let text = description.string else {
            dtype = description["dtype"]?.string
            shape = description["shape"]?.array.compactMap(\.int) ?? []
            return
        }
        let parts = text.split(separator: " ", maxSplits: 1)
        let names = ["F64": "float64", "F32": "float32", "I64": "int64", "I32": "int32", "BF16": "bfloat16"]
        dtype = parts.first.flatMap { names[String($0)] }
        shape = parts.dropFirst().first?.split { !$0.isNumber }.compactMap { Int($0) } ?? []
    }
}

/// Sizes that letters stand for in the tensors of one case.
struct Sizes {
    private var known: [Substring: (size: Int, origin: String)] = [:]

    /// The size that a letter stands for.
    subscript(letter: String) -> Int { known[Substring(letter)]?.size ?? 0 }

    /// Compares a shape with a layout such as `B G 3`.
    mutating func bind(_ shape: [Int], _ layout: String, of name: String) throws {
        let letters = layout.split(separator: " ")
        guard shape.count == letters.count else {
            throw VerificationError("\(name) is \(shape), but [\(letters.joined(separator: ", "))] was expected.")
        }
        for (letter, size) in zip(letters, shape) {
            let wanted = Int(letter) ?? known[letter]?.size ?? size
            guard wanted == size else {
                let origin = known[letter].map { ", as in \($0.origin)" } ?? ""
                throw VerificationError(
                    "\(name) is \(shape), but [\(letters.joined(separator: ", "))] with \(letter) = \(wanted)\(origin) was expected."
                )
            }
            if known[letter] == nil { known[letter] = (size, name) }
        }
    }
}

extension DecodingError {
    /// The key that is missing or has a value of another type.
    fileprivate var key: String? {
        switch self {
        case .keyNotFound(let key, _): key.stringValue
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.last?.stringValue
        @unknown default: nil
        }
    }
}
