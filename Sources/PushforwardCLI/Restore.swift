public import ArgumentParser
internal import Foundation
internal import Pushforward

/// Damages pictures and restores them with a trained run as the prior.
struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Restore damaged pictures with a trained run as the model of pictures.",
        discussion: """
            Takes pictures of a data set, damages them, adds noise, and draws pictures that fit both the measurement and the
            run's model. The sheet has a column per picture and three rows: the picture, the measurement, the restored one.
            PSNR is the peak signal-to-noise ratio in dB.

            Tasks: inpainting (the middle is missing, or what is black in --mask), super-resolution (4 x 4 pixels became one),
            deblurring (Gaussian, 1.5 pixels).

            Examples:
              pushforward restore --run runs/flow --task inpainting --out inpainted.png
              pushforward restore --run runs/flow --task super-resolution --guidance projection --steps 50 --out sharp.png
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("Folder of the run.", valueName: "folder"))
    var path: String

    @Option(help: "The damage.")
    var task: Restoration.Task

    @Option(help: ArgumentHelp("Pictures. [default: the test part of the run's data]", valueName: "name:part"))
    var data: String?

    @Option(help: "Number of pictures, evenly chosen.")
    var count = 8

    @Option(help: "Deviation of the measurement's noise; pictures span -1 to 1.")
    var noise = 0.05

    @Option(help: "gradient (PiGDM) or dps, with a backward pass per step; or projection (DDNM), without.")
    var guidance = Restoration.Guidance.gradient

    @Option(help: "Steps of the sampler.")
    var steps = 100

    @Option(help: "Noise of DDIM's steps: 0 for none, 1 for ancestral sampling.")
    var eta = 1.0

    @Option(help: "Length of the steps of --guidance dps.")
    var scale = 1.0

    @Option(
        help: ArgumentHelp(
            "Picture of the run's size whose black pixels are missing. [default: the middle]", valueName: "png"))
    var mask: String?

    @Option(help: "Seed of all noise.")
    var seed: UInt64 = 0

    @Option(help: "Averaged weights (ema), or those of the last step (raw).")
    var weights = TrainedModel.Choice.ema

    @OptionGroup var machine: ThreadOptions

    @Option(help: ArgumentHelp("The sheet.", valueName: "file.png"))
    var out: String

    @OptionGroup var json: JSONOption

    func validate() throws {
        guard (1...256).contains(count) else { throw ValidationError("--count must be from 1 to 256, not \(count).") }
        guard steps >= 1 else { throw ValidationError("--steps must be at least 1, not \(steps).") }
        guard (0...1).contains(eta) else { throw ValidationError("--eta must be from 0 to 1, not \(eta).") }
        guard noise >= 0, noise.isFinite else {
            throw ValidationError("--noise must not be negative, unlike \(noise).")
        }
        guard scale > 0, scale.isFinite else { throw ValidationError("--scale must be above 0, unlike \(scale).") }
        guard mask == nil || task == .inpainting else {
            throw ValidationError("--mask belongs to --task inpainting; leave it out.")
        }
        guard out.lowercased().hasSuffix(".png") else {
            throw ValidationError("--out must end in .png, unlike '\(out)'.")
        }
        try TextOutput.check(["--out": out])
    }

    func run() throws {
        try json.check(beside: out)
        let model = try TrainedModel(RunFolder(Place.folder(path)), weights: weights)
        var restoration = Restoration(task)
        (restoration.noise, restoration.guidance, restoration.steps) = (noise, guidance, steps)
        (restoration.eta, restoration.scale) = (eta, scale)
        restoration.mask = try mask.map(readMask)
        let (pictures, labels) = try chosen(for: model)
        let start = ContinuousClock.now
        let result = try catchingTorchErrors {
            try restoration.restore(pictures, of: labels, with: model, seed: Seed(seed))
        }
        guard result.restored.isfinite().all().intItem() == 1 else {
            throw RequestError(
                "The restored pictures hold NaN or infinity, so nothing is written. Reduce --scale, or take more --steps."
            )
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rows = Tensor.cat([result.truth, result.measured, result.restored])
        try SampleSheet.write(rows, perRow: count, model.layout.quantisation, to: Place.output(out))
        let facts = Facts(result, labels.map { model.layout.classNames[$0] }, task, seconds, out)
        try json.show(facts, text: facts.text)
    }

    private func chosen(for model: TrainedModel) throws -> (pictures: Tensor, labels: [Int]) {
        let layout = model.layout
        guard layout.isImage else {
            throw RequestError("\(path) generates \(layout.kind.rawValue); only pictures are restored.")
        }
        let reference =
            try data.map { try DataReference(parsing: $0, default: .test) }
            ?? model.settings.data.reference.part(.test)
        let opened = try reference.opened(.init(size: layout.height, channels: layout.channels)).dataset
        guard opened.count >= count else {
            throw RequestError("\(reference) has \(opened.count) pictures, too few for --count \(count).")
        }
        let indices = (0..<count).map { $0 * opened.count / count }
        let values = Pixels.floats(try opened.examples(at: indices).values)
        let labels = opened.labels.map { all in indices.map { all[$0] } } ?? indices.map { _ in 0 }
        guard labels.allSatisfy({ (0..<layout.classes).contains($0) }) else {
            throw RequestError("\(reference) has other classes than the \(layout.classes) of the run.")
        }
        return (values, labels)
    }

    private func readMask(_ path: String) throws -> Tensor {
        let image = try Image8(contentsOf: Place.input(path))
        let gray = (0..<image.width * image.height).map { index in
            Float(image.pixels[index * image.channels] >= 128 ? 1 : 0)
        }
        return Tensor(gray, shape: [image.height, image.width])
    }

    private struct Facts: Encodable {
        struct Row: Encodable {
            var picture: String
            var measured: Double
            var restored: Double
        }

        var task: String
        var sampler: String
        var evaluations: Double
        var seconds: Double
        var psnr: [Row]
        var meanMeasured: Double
        var meanRestored: Double
        var out: String

        init(
            _ result: Restoration.Result, _ names: [String], _ task: Restoration.Task, _ seconds: Double, _ out: String
        ) {
            (self.task, self.seconds, self.out) = (task.rawValue, seconds, out)
            (sampler, evaluations) = (result.sampler, result.evaluations)
            psnr = names.indices.map {
                Row(picture: names[$0], measured: result.measuredQuality[$0], restored: result.restoredQuality[$0])
            }
            let count = Double(names.count)
            meanMeasured = result.measuredQuality.reduce(0, +) / count
            meanRestored = result.restoredQuality.reduce(0, +) / count
        }

        var text: String {
            func line(_ name: String, _ measured: Double, _ restored: Double) -> String {
                String(format: "| %@ | %.2f | %.2f |", name, measured, restored)
            }
            let head = [
                "\(task): \(sampler), \(Int(evaluations)) evaluations per picture, \(String(format: "%.1f", seconds)) s: \(out)",
                "", "| picture | PSNR of the measurement, dB | PSNR restored, dB |", "|---|---:|---:|",
            ]
            let rows = psnr.map { line($0.picture, $0.measured, $0.restored) }
            return (head + rows + [line("mean", meanMeasured, meanRestored)]).joined(separator: "\n")
        }
    }
}

extension Restoration.Task: ExpressibleByArgument {}
extension Restoration.Guidance: ExpressibleByArgument {}
