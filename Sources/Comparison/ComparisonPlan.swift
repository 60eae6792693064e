internal import Foundation
internal import Runs
internal import Settings
internal import Training

/// The methods of a comparison with their settings, all of which are read before anything is trained.
struct ComparisonPlan {
    /// One method.
    struct Item {
        let entry: ComparisonSettings.Entry
        /// Settings of its trainings, the seed aside; nil for a run that is trained.
        let settings: RunSettings?
        /// The trained run, if it is one.
        let run: RunFolder?
        let samplers: [ComparisonSettings.SamplerEntry]

        var label: String { entry.label ?? entry.name }

        func label(of sampler: ComparisonSettings.SamplerEntry) -> String {
            let isOnly = samplers.count == 1
            return [label, sampler.label ?? (isOnly ? nil : sampler.name)].compactMap(\.self).joined(separator: ", ")
        }
    }

    let items: [Item]

    /// Reads the settings of every method.
    ///
    /// - Throws: ``ComparisonError`` with the mistakes of all methods.
    init(_ comparison: ComparisonSettings, seenFrom place: URL, methods: MethodCatalog) throws {
        var items: [Item] = []
        var mistakes: [String] = []
        for entry in comparison.methods {
            do {
                items.append(try Self.item(entry, comparison, place, methods))
            } catch {
                mistakes.append("\(entry.name): \(error)")
            }
        }
        guard mistakes.isEmpty else { throw ComparisonError(mistakes.joined(separator: "\n")) }
        self.items = items
        try requireEqualData()
    }

    private static func item(
        _ entry: ComparisonSettings.Entry, _ comparison: ComparisonSettings, _ place: URL, _ methods: MethodCatalog
    ) throws -> Item {
        let samplers = entry.samplers.isEmpty ? [ComparisonSettings.SamplerEntry(named: "default")] : entry.samplers
        if let run = entry.run {
            let folder = RunFolder(URL(filePath: run, relativeTo: place))
            try folder.requireRun()
            let item = Item(entry: entry, settings: nil, run: folder, samplers: samplers)
            for sampler in samplers { _ = try TrainedModel(folder, methods: methods, setting: sampler.assignments) }
            return item
        }
        let file = URL(filePath: entry.config ?? "", relativeTo: place).path
        let changes = comparison.shared.assignments() + entry.set.assignments()
        var settings = try RunSettings(methods).reading(file: file, setting: changes)
        // Paths in the comparison's file and in the method's are meant from where the command is started, as in `train`.
        settings.resolvePaths(in: FileManager.default.currentDirectoryPath)
        for sampler in samplers { _ = try settings.changingSampling(sampler.assignments) }
        return Item(entry: entry, settings: settings, run: nil, samplers: samplers)
    }

    /// Numbers of different data do not compare.
    private func requireEqualData() throws {
        let data = items.compactMap { item in item.settings.flatMap { $0.text(at: "data") }.map { (item, $0) } }
        guard let first = data.first, let other = data.first(where: { Self.core($0.1) != Self.core(first.1) })
        else { return }
        throw ComparisonError(
            """
            \(first.0.entry.name) and \(other.0.entry.name) have different data:
              \(first.1)
              \(other.1)
            Give one data set to all with shared: {data: {...}}.
            """)
    }

    /// Data without what concerns networks only: a border of padding, flips, dequantisation.
    private static func core(_ data: String) -> String {
        data.replacing(#/(size|flip|dequantise): [^,}]*(, )?/#, with: "")
    }
}

extension ComparisonSettings.SamplerEntry {
    init(named name: String) {
        self.init()
        self.name = name
    }

    /// The changes of section `sampling`.
    var assignments: [String] { self.set.assignments(in: "sampling") }
}

/// Reason for which a comparison cannot be made, and the way to fix it.
public struct ComparisonError: Error, CustomStringConvertible {
    /// The mistake and the way to fix it.
    public let description: String

    init(_ description: String) { self.description = description }
}
