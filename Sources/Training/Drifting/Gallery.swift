internal import Datasets
internal import FileFormats
internal import Foundation
internal import Plots
internal import Torch

/// Draws what a generator makes of the same noise as it learns.
///
///     samples/step-000050.png     a row per class (points and latents: step-000050.npy)
///     samples/evolution/          one sample of each class per picture, for the strip
///     samples/final.png, samples/evolution.png, plots/strength.png
struct Gallery {
    private let folder: RunFolder
    private let settings: EvaluationSettings
    private let generator: TrainedGenerator
    private let data: TrainingData
    private let seed: Seed
    private static let pointCount = 512
    /// More classes than these would make sheets that nobody can look at.
    private static let mostClasses = 20

    init(
        _ folder: RunFolder, _ settings: EvaluationSettings, _ generator: TrainedGenerator, _ data: TrainingData,
        seed: Seed
    ) {
        self.folder = folder
        self.settings = settings
        self.generator = generator
        self.data = data
        self.seed = seed
    }

    /// Draws at step 0 and every so many steps.
    func observe(_ step: Int) throws {
        guard step % settings.every == 0 else { return }
        try draw(step)
    }

    /// Draws the last pictures and the plots.
    func finish(after step: Int) throws {
        if step % settings.every != 0 { try draw(step) }
        // Plots come last: they need another program, which may be absent.
        guard data.layout.isImage else {
            if !data.layout.isSpatial { try drawFilmstrip() }
            return try drawStrength()
        }
        try SampleSheet.write(classSheet(), perRow: settings.perClass, to: folder.samples.appending(path: "final.png"))
        try drawEvolution()
        try drawStrength()
    }

    private func draw(_ step: Int) throws {
        let name = folder.checkpoint(after: step).url.lastPathComponent
        guard data.layout.isImage else {
            let samples = data.layout.isSpatial ? classSheet() : points()
            return try data.layout.floats(samples).write(to: folder.samples.appending(path: "\(name).npy"))
        }
        let images = classSheet()
        try SampleSheet.write(images, perRow: settings.perClass, to: folder.samples.appending(path: "\(name).png"))
        let column = images.indexSelect(0, Tensor.arange(classes.count) * settings.perClass)
        try evolution.makeFolder()
        try SampleSheet.frame(column).writePNG(to: evolution.appending(path: "\(name).png"))
    }

    private var evolution: URL { folder.samples.appending(path: "evolution") }

    private func points() -> Tensor {
        generator.samples(of: [Int](repeating: 0, count: Self.pointCount), seed: seed)
    }

    /// The classes that are shown, evenly chosen if there are many.
    private var classes: [Int] { data.layout.balancedLabels(min(data.layout.classes, Self.mostClasses)) }

    /// `perClass` samples of each class that is shown, class after class.
    private func classSheet() -> Tensor {
        let labels = classes.flatMap { [Int](repeating: $0, count: settings.perClass) }
        return generator.samples(of: labels, seed: seed)
    }

    /// The same noise from the first picture to the last, side by side.
    private func drawEvolution() throws {
        try AtomicFile.removeLeftovers(in: evolution)
        let names = try FileManager.default.contentsOfDirectory(atPath: evolution.path).filter { $0.hasSuffix(".png") }
        let chosen = Self.spread(names.sorted(), over: 16)
        let frames = try chosen.map { try Image8(contentsOf: evolution.appending(path: $0)) }
        let sheet = ImageGrid(columns: frames.count, padding: 2, magnification: 2).sheet(of: frames)
        try sheet.writePNG(to: folder.samples.appending(path: "evolution.png"))
    }

    private func drawFilmstrip() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.samples.path)
        let real = Self.points(try data.examples(Array(0..<min(Self.pointCount, data.count)), on: .cpu))
        let frames = try Self.spread(names.filter { $0.hasSuffix(".npy") }.sorted(), over: 6).map { name in
            let array = try NumpyArray(contentsOf: folder.samples.appending(path: name))
            let step = name.dropFirst("step-".count).prefix { $0.isNumber }
            let points = Self.points(Tensor(array.values(as: Float.self), shape: array.shape))
            return Filmstrip.Frame("step \(Int(step) ?? 0)", clouds: [real, points])
        }
        let title = "Drifting onto \(data.layout.classNames[0].replacing("_", with: " "))"
        try Filmstrip(title, legend: ["data", "generated"], [Filmstrip.Row(frames)])
            .write(to: folder.samples.appending(path: "final.png"))
    }

    private func drawStrength() throws {
        let records = try MetricsLog.records(in: folder.metrics)
        guard case .drifting(let objective) = generator.settings.objective, records.count > 1 else { return }
        let series = objective.field.temperatures.map { temperature in
            let (steps, values) = records.series("strength_\(temperature)")
            return LinePlot.Series("temperature \(temperature)", x: steps, y: values)
        }
        // Where the generator can draw no better there is no force, and a logarithmic axis no place for it.
        guard series.contains(where: { $0.y.contains { $0 > 0 } }) else { return }
        let plot = LinePlot(
            "Raw field strength: what falls while the loss stays flat", x: Axis("step"),
            y: Axis("mean square of the force", scale: .logarithmic), series)
        try plot.write(to: folder.plots.appending(path: "strength.png"))
    }

    private static func points(_ tensor: Tensor) -> [Filmstrip.Point] {
        let values = tensor.scalars(as: Double.self)
        return stride(from: 0, to: values.count - 1, by: 2).map { Filmstrip.Point(values[$0], values[$0 + 1]) }
    }

    /// At most `count` of the elements, first and last included, as evenly as they come.
    private static func spread<Element>(_ elements: [Element], over count: Int) -> [Element] {
        guard elements.count > count else { return elements }
        return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
    }
}
