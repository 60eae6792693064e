internal import Backbones
internal import Bridges
internal import Datasets
internal import FileFormats
internal import Foundation
internal import Generative
internal import OptimalTransport
internal import Plots
internal import RunData
internal import Runs
internal import Torch
internal import TorchNN
internal import Training

/// The path energies of a trained bridge, `bridge.json`, and pictures of its paths, `plots/bridge.png`.
struct BridgeReport: RunObserver {
    private let folder: RunFolder
    private let method: BridgeMethod
    private let context: RunContext
    private let ends: BridgeEnds
    private let latest: LatestStores

    /// Times of the pictures.
    private static let times = [0, 0.25, 0.5, 0.75, 1]
    private static let steps = 40
    private static let points = 512
    /// Examples of the numbers; assigning them takes their third power.
    private static let measured = 256
    private static let images = 8

    init(
        _ folder: RunFolder, _ method: BridgeMethod, _ context: RunContext, _ ends: BridgeEnds, _ latest: LatestStores
    ) {
        (self.folder, self.method, self.context) = (folder, method, context)
        (self.ends, self.latest) = (ends, latest)
    }

    /// The numbers of a direction.
    private struct Energies: Codable {
        /// ∫ E|v|² dt along the probability flow.
        let flow: Double
        /// ∫ E|f|² dt along the equation.
        let equation: Double
    }

    /// The numbers of a run.
    private struct Record: Codable {
        let step: Int
        let forward: Energies
        let backward: Energies
        /// Mean cost |x - y|² of the optimal pairs of as many examples: no path energy of a flow is below its limit.
        let optimalCost: Double
        /// Mean cost of independent pairs.
        let independentCost: Double
    }

    func finish(after step: Int) throws {
        let networks = try latest.all.mapValues { try context.network(in: ParameterStore(copying: $0)) }
        let bridge = LearnedBridge(method, networks)
        try attemptAll([{ try record(bridge, step) }, { try draw(bridge) }])
    }

    private func examples(_ data: TrainingData, _ count: Int, _ name: String) throws -> Tensor {
        let order = Tensor.randperm(data.count, using: RandomSource(context.seed.child("bridge report").child(name)))
        return try data.examples(order.slice(0, 0, count).scalars(as: Int.self), on: context.device).contiguous()
    }

    // MARK: Numbers

    private func record(_ bridge: LearnedBridge, _ step: Int) throws {
        let isImage = context.data.layout.isSpatial
        let count = min(isImage ? 64 : Self.measured, ends.source.count, ends.data.count)
        let (source, data) = (try examples(ends.source, count, "source"), try examples(ends.data, count, "data"))
        func energies(_ direction: BridgeDirection, _ start: Tensor) -> Energies {
            let field = bridge.field(direction)
            let noise = RandomSource(context.seed.child("bridge report").child("noise"), device: context.device)
            return Energies(
                flow: PathEnergy.ofFlow(field, from: start, steps: Self.steps / 2),
                equation: PathEnergy.ofEquation(field, from: start, steps: Self.steps, using: noise))
        }
        let costs = Sinkhorn.squaredCosts(source, data)
        let record = Record(
            step: step, forward: energies(.forward, source), backward: energies(.backward, data),
            optimalCost: try Assignment(costs: costs).cost / Double(count), independentCost: costs.mean().item())
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        try AtomicFile.write(try encoder.encode(record), to: folder.url.appending(path: "bridge.json"))
    }

    // MARK: Pictures

    private func draw(_ bridge: LearnedBridge) throws {
        if context.data.layout.isImage {
            try drawImages(bridge)
        } else if context.data.layout.dimensions >= 2 {
            try drawPoints(bridge)
        }
    }

    /// Positions of the equation at ``times``.
    private func track(_ field: BridgeField, from start: Tensor) -> [Tensor] {
        let source = RandomSource(context.seed.child("bridge report").child("paths"), device: context.device)
        let chosen = Set(Self.times.map { Int(($0 * Double(Self.steps)).rounded()) })
        var places = [start]
        let sampler = EulerMaruyamaSampler(times: .uniform(steps: Self.steps), for: BridgeField.self)
        _ = sampler.sample(field, from: start, using: source) { report in
            if chosen.contains(report.step) { places.append(report.values) }
        }
        return places.map { $0.to(.cpu, .float32) }
    }

    private func drawPoints(_ bridge: LearnedBridge) throws {
        let source = try examples(ends.source, min(Self.points, ends.source.count), "source")
        let data = try examples(ends.data, min(Self.points, ends.data.count), "data")
        let rows = [(BridgeDirection.forward, source), (.backward, data)].map { direction, start in
            let frames = zip(Self.times, track(bridge.field(direction), from: start)).map { time, places in
                let shown = direction == .forward ? time : 1 - time
                return Filmstrip.Frame(
                    "t = \(shown.formatted())", clouds: [source, data, places].map { Self.points($0) })
            }
            return Filmstrip.Row(frames, label: direction.rawValue)
        }
        try Filmstrip(
            "A bridge between two distributions", legend: ["source_data", "data", "on the way"], rows
        ).write(to: folder.plots.appending(path: "bridge.png"))
    }

    private static func points(_ tensor: Tensor) -> [Filmstrip.Point] {
        let (values, width) = (tensor.to(.cpu, .float64).contiguous().scalars(as: Double.self), tensor.shape[1])
        return stride(from: 0, to: values.count, by: width).map { Filmstrip.Point(values[$0], values[$0 + 1]) }
    }

    /// A row per example, forward ones first; columns are times.
    private func drawImages(_ bridge: LearnedBridge) throws {
        let rows = try [(BridgeDirection.forward, ends.source), (.backward, ends.data)].flatMap { direction, data in
            let start = try examples(data, min(Self.images, data.count), "pictures")
            let track = track(bridge.field(direction), from: start)
            return (0..<start.shape[0]).map { row in Tensor.stack(track.map { $0[row] }) }
        }
        let layout = context.data.layout
        try SampleSheet.write(
            layout.cropped(Tensor.cat(rows)), perRow: Self.times.count, layout.quantisation,
            to: folder.plots.appending(path: "bridge.png"))
    }
}
