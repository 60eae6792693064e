internal import Datasets
internal import FileFormats
internal import Foundation
internal import Generative
internal import Plots
internal import RunData
internal import Torch
internal import Training

/// Samples of the same noise as a run learns.
///
///     samples/step-000050.png     a row per class (points and latents: step-000050.npy)
///     samples/evolution/          one sample of each class per picture, for the strip
///     samples/final.png, samples/evolution.png
struct Gallery: RunObserver {
    private let folder: RunFolder
    private let settings: EvaluationSettings
    private let preview: TrainedModel
    private let final: TrainedModel
    private let data: TrainingData
    private let seed: Seed
    private static let pointCount = 512
    /// More classes than these would make sheets that nobody can look at.
    private static let mostClasses = 20

    init(
        _ folder: RunFolder, _ settings: EvaluationSettings, _ preview: TrainedModel,
        final: TrainedModel, _ data: TrainingData,
        seed: Seed
    ) {
        self.folder = folder
        self.settings = settings
        self.preview = preview
        self.final = final
        self.data = data
        self.seed = seed
    }

    /// Draws at step 0 and every so many steps.
    func observe(_ moment: TrainingMoment) throws -> Observation {
        if moment.step % settings.every == 0 { try draw(moment.step) }
        return Observation()
    }

    /// Draws the last pictures.
    func finish(after step: Int) throws {
        if step % settings.every != 0 { try draw(step) }
        guard data.layout.isImage else {
            // Latents have no picture.
            if !data.layout.isSpatial { try data.layout.dimensions >= 2 ? drawFilmstrip() : drawHistogram() }
            return
        }
        try SampleSheet.write(
            classSheet(of: final), perRow: settings.perClass, data.layout.quantisation,
            to: folder.samples.appending(path: "final.png"))
        try drawEvolution()
    }

    private func draw(_ step: Int) throws {
        let name = folder.checkpoint(after: step).url.lastPathComponent
        guard data.layout.isImage else {
            let samples = try data.layout.isSpatial ? classSheet(of: preview) : points()
            return try data.layout.floats(samples).write(to: folder.samples.appending(path: "\(name).npy"))
        }
        let images = try classSheet(of: preview)
        try SampleSheet.write(
            images, perRow: settings.perClass, data.layout.quantisation,
            to: folder.samples.appending(path: "\(name).png"))
        let column = images.indexSelect(0, Tensor.arange(classes.count) * settings.perClass)
        try evolution.makeFolder()
        try SampleSheet.frame(column, data.layout.quantisation).writePNG(to: evolution.appending(path: "\(name).png"))
    }

    private var evolution: URL { folder.samples.appending(path: "evolution") }

    private func points() throws -> Tensor {
        try preview.samples(of: data.layout.balancedLabels(Self.pointCount), seed: seed).values
    }

    /// The classes that are shown, evenly chosen if there are many.
    private var classes: [Int] { data.layout.balancedLabels(min(data.layout.classes, Self.mostClasses)) }

    /// `perClass` samples of each class that is shown, class after class.
    private func classSheet(of model: TrainedModel) throws -> Tensor {
        let labels = classes.flatMap { [Int](repeating: $0, count: settings.perClass) }
        return try model.samples(of: labels, seed: seed).values
    }

    /// The same noise from the first picture to the last, side by side.
    private func drawEvolution() throws {
        try AtomicFile.removeLeftovers(in: evolution)
        let names = try FileManager.default.contentsOfDirectory(atPath: evolution.path).filter { $0.hasSuffix(".png") }
        let chosen = Self.spread(names.sorted(), over: 16)
        let frames = try chosen.map { try Image8(contentsOf: evolution.appending(path: $0)) }
        let sheet = ImageGrid(columns: frames.count, padding: 2, magnification: 2).sheet(of: frames)
        try StepLabels.above(sheet, chosen.map { Self.step($0) }).writePNG(
            to: folder.samples.appending(path: "evolution.png"))
    }

    /// The number in `step-000100.png`.
    private static func step(_ name: String) -> Int {
        Int(name.dropFirst("step-".count).prefix { $0.isNumber }) ?? 0
    }

    /// Pairs of coordinates that are drawn: all of a space of three dimensions, the first three of one with more.
    private var planes: [(Int, Int)] {
        switch data.layout.dimensions {
        case 2: [(0, 1)]
        case 3: [(0, 1), (0, 2), (1, 2)]
        case let dimensions: (0..<min(3, dimensions / 2)).map { (2 * $0, 2 * $0 + 1) }
        }
    }

    /// Real points, and generated ones of some steps.
    private func clouds(over steps: Int) throws -> (real: Tensor, snapshots: [(step: Int, points: Tensor)]) {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.samples.path)
        let real = try data.examples(Array(0..<min(Self.pointCount, data.count)), on: .cpu)
        let snapshots = try Self.spread(names.filter { $0.hasSuffix(".npy") }.sorted(), over: steps).map { name in
            let array = try NumpyArray(contentsOf: folder.samples.appending(path: name))
            return (Self.step(name), Tensor(array.values(as: Float.self), shape: array.shape))
        }
        return (real, snapshots)
    }

    /// Numbers, which are points of one dimension: how often each value is, in the data and at some steps.
    private func drawHistogram() throws {
        let (real, snapshots) = try clouds(over: 4)
        let bins = Histogram(of: real.scalars())
        // The first curve lies on top: the latest step, over the data.
        let curves = snapshots.reversed().map { bins.curve("step \($0.step)", $0.points.scalars()) }
        try LinePlot(
            "Pushing noise onto numbers", x: Axis("value"), y: Axis("density"),
            Array(curves.prefix(1)) + [bins.curve("data", real.scalars())] + curves.dropFirst()
        ).write(to: folder.samples.appending(path: "final.png"))
    }

    private func drawFilmstrip() throws {
        let (real, snapshots) = try clouds(over: 6)
        let planes = planes
        let rows = planes.map { plane in
            let frames = snapshots.map { step, points in
                Filmstrip.Frame("step \(step)", clouds: [Self.points(real, plane), Self.points(points, plane)])
            }
            return Filmstrip.Row(frames, label: planes.count == 1 ? "" : "numbers \(plane.0 + 1) and \(plane.1 + 1)")
        }
        let name = data.layout.classNames.count == 1 ? data.layout.classNames[0].replacing("_", with: " ") : "points"
        let start = preview.settings.sourceData == nil ? "noise" : "source_data"
        let title = "Pushing \(start) onto \(name)"
        try Filmstrip(title, legend: ["data", "generated"], rows)
            .write(to: folder.samples.appending(path: "final.png"))
    }

    private static func points(_ tensor: Tensor, _ plane: (Int, Int)) -> [Filmstrip.Point] {
        let (values, dimensions) = (tensor.scalars(as: Double.self), tensor.shape[1])
        return stride(from: 0, to: values.count, by: dimensions).map {
            Filmstrip.Point(values[$0 + plane.0], values[$0 + plane.1])
        }
    }

    /// At most `count` of the elements, first and last included, as evenly as they come.
    private static func spread<Element>(_ elements: [Element], over count: Int) -> [Element] {
        guard elements.count > count else { return elements }
        return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
    }
}
