internal import Torch

/// Compares tensors from elsewhere with those that they are to be copied into, and reports all differences at once.
struct StateMatch {
    private var pairs: [(target: Tensor, source: StoredTensor)] = []
    private var missing: [String] = []
    private var unused: [String] = []
    private var wrongShape: [String] = []
    private var wrongDType: [String] = []
    private let origin: String

    /// - Parameters:
    ///   - saved: The tensors by name.
    ///   - targets: Where they belong.
    ///   - origin: What to call the origin of `saved` in an error.
    ///   - leniencies: Differences that are accepted.
    init(
        _ saved: [String: StoredTensor], to targets: [NamedTensor], from origin: String,
        allowing leniencies: [Leniency] = []
    ) {
        self.origin = origin
        for (name, target) in targets {
            guard let source = saved[name] else {
                if !leniencies.contains(where: { $0.allowsMissing(name) }) { missing.append(name + target.layout) }
                continue
            }
            match(name, target, source, converting: leniencies.contains(where: \.allowsConversion))
        }
        let wanted = Set(targets.map(\.name))
        unused = saved.keys.sorted().filter { name in
            !wanted.contains(name) && !leniencies.contains { $0.allowsUnused(name) }
        }
    }

    /// Tensors that are there already.
    init(_ saved: [String: Tensor], to targets: [NamedTensor], from origin: String) {
        self.init(saved.mapValues(StoredTensor.init), to: targets, from: origin)
    }

    private mutating func match(_ name: String, _ target: Tensor, _ source: StoredTensor, converting: Bool) {
        let convertible = converting && source.dtype.isFloatingPoint && target.dtype.isFloatingPoint
        if source.shape != target.shape {
            wrongShape.append("\(name): \(source.shape), should be \(target.shape)")
        } else if source.dtype != target.dtype && !convertible {
            wrongDType.append("\(name): \(source.dtype), should be \(target.dtype)")
        } else {
            pairs.append((target, source))
        }
    }

    /// Throws the report if anything does not fit.
    func check() throws {
        let report = [
            Self.list("missing", missing), Self.list("unused", unused), Self.list("wrong shape", wrongShape),
            Self.list("wrong dtype", wrongDType),
        ].compactMap(\.self)
        guard report.isEmpty else {
            throw TorchError(
                .invalidFile,
                """
                \(origin) does not fit the network:
                \(report.joined(separator: "\n"))
                Nothing was loaded. Use the file that belongs to this network's configuration, or that configuration.
                """)
        }
    }

    /// Copies everything, or throws the report and copies nothing.
    func copy() throws {
        try check()
        // One after the other: what a file holds beside the network is one tensor at a time.
        for (target, source) in pairs { target.copy(from: try source.read()) }
    }

    /// One kind of difference, cut after a few names: a file of another network differs in hundreds.
    private static func list(_ title: String, _ items: [String]) -> String? {
        guard !items.isEmpty else { return nil }
        let shown = items.prefix(12).map { "    \($0)" }.joined(separator: "\n")
        let rest = items.count > 12 ? "\n    and \(items.count - 12) more" : ""
        return "  \(title) (\(items.count)):\n\(shown)\(rest)"
    }
}

extension Tensor {
    fileprivate var layout: String { " \(dtype)\(shape)" }
}
