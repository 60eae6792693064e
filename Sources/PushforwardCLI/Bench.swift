internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Times our side of the comparisons of `make bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time training steps, the drifting field, samples, image reading and metrics on this machine.",
        discussion: """
            Benchmarks/run (make bench) alternates these with the same work in PyTorch, and compares. Times are seconds.

            Examples:
              pushforward bench step
              pushforward bench step --config presets/fashion-drift.yaml --rounds 20 --json -
              pushforward bench field --shape 64,64,64,16,256 --json report.json
              pushforward bench sample --network dit-b2 --batch 4
              pushforward bench data --path photos --batch 128 --workers 2
              pushforward bench neighbours --count 10000 --rounds 3
              pushforward bench step --device cuda:0 --set training.graph=true
            """,
        subcommands: [
            BenchStep.self, BenchField.self, BenchSample.self, BenchData.self, BenchFrechet.self, BenchNeighbours.self,
            BenchFeatures.self,
        ])
}

/// Options of everything that is timed.
struct BenchRounds: ParsableArguments {
    @Option(help: "Number of timed rounds; the median counts.")
    var rounds = 9

    @Option(help: "Rounds before these, which are not timed: the first ones set up memory and kernels.")
    var warmup = 2

    @Option(help: "Device: cpu, cuda:N or mps.")
    var device = "cpu"

    @OptionGroup var machine: ThreadOptions

    @OptionGroup var json: JSONOption

    @Flag(help: "Time one round for each line of the standard input, and answer with its seconds.")
    var paced = false

    func validate() throws {
        guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1, not \(rounds).") }
        guard warmup >= 0 else { throw ValidationError("--warmup must not be negative.") }
    }

    /// The device that `device` names.
    ///
    /// - Throws: If it is not available here.
    var chosenDevice: Device { get throws { try Device(named: device) } }

    /// Refuses another device for work that only the CPU does here.
    func requireCPU(_ work: String) throws {
        guard device == "cpu" else { throw ValidationError("\(work) timed on the CPU: leave --device out.") }
    }

    /// Seconds of some work, until the device has done all of it.
    static func seconds<Result>(on device: Device, _ work: () throws -> Result) rethrows -> Double {
        device.synchronize()
        let start = ContinuousClock.now
        let result = try work()
        device.synchronize()
        return withExtendedLifetime(result) { (ContinuousClock.now - start) / .seconds(1) }
    }

    /// Seconds of each round.
    func time(_ round: () throws -> Double) throws -> [Double] {
        for _ in 0..<warmup { _ = try round() }
        var seconds: [Double] = []
        guard paced else {
            for _ in 0..<rounds { seconds.append(try round()) }
            return seconds
        }
        answer("ready")
        while readLine() != nil {
            seconds.append(try round())
            answer("\(seconds[seconds.count - 1])")
        }
        return seconds
    }

    /// Prints the report.
    func show(_ report: BenchReport) throws {
        try json.show(report, text: report.description)
    }

    /// A line that is not kept back in a buffer.
    private func answer(_ line: String) {
        print(line)
        fflush(nil)
    }
}

/// Times one training step.
struct BenchStep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Time a training step, by default that of the demo's generator.")

    @Option(
        help: ArgumentHelp(
            "YAML file with the settings of a run; - is standard input. [default: the demo's settings]",
            valueName: "file"))
    var config: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change a setting, such as training.precision=float32. May be repeated. [default: none]",
            valueName: "key=value"))
    var set: [String] = []

    @Option(help: "Stage of the run to time, such as encoder. [default: the last one]")
    var stage: String?

    @OptionGroup var rounds: BenchRounds

    func run() throws {
        var settings = try RunSettings().reading(file: config, setting: set)
        if rounds.device != "cpu" { settings.training.device = rounds.device }
        let stage = try TimedStage(stage, of: settings)
        var loss = 0.0
        let before = ResidentMemory.beginning()
        let seconds = try rounds.time {
            let step = try stage.step()
            loss = step.loss
            return step.seconds
        }
        try rounds.show(BenchReport(seconds, samples: stage.samplesPerStep, since: before, loss: loss))
    }
}

/// Times value and gradient of the drifting field.
struct BenchField: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "field", abstract: "Time the released drifting field: value and gradient of normal points.")

    @Option(
        help: ArgumentHelp(
            "Groups, generated, positives, extra negatives, dimensions.", valueName: "B,G,P,Q,D"))
    var shape: String

    @OptionGroup var rounds: BenchRounds

    func run() throws {
        let device = try rounds.chosenDevice
        let points = try points(on: device)
        let before = ResidentMemory.beginning()
        let seconds = try rounds.time {
            BenchRounds.seconds(on: device) {
                let drift = FusedDriftField().drift(of: points)
                return (drift.value, drift.gradient)
            }
        }
        let sizes = points.generated.shape
        // A value for each group and a gradient for each number of the generated points, float32.
        let results = 4 * (sizes[0] + sizes[0] * sizes[1] * sizes[2])
        try rounds.show(BenchReport(seconds, samples: sizes[0] * sizes[1], since: before, results: results))
    }

    private func points(on device: Device) throws -> DriftPoints {
        let sizes = shape.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard sizes.count == 5, sizes.allSatisfy({ $0 >= 0 }), sizes.indices.allSatisfy({ $0 == 3 || sizes[$0] > 0 })
        else {
            throw ValidationError("--shape must be five numbers such as 64,64,64,16,256, not '\(shape)'.")
        }
        // Points, their gradient and the forces on them, float32.
        let rows = Double(sizes[0]) * (Double(sizes[1]) + Double(sizes[2]) + Double(sizes[3]))
        try Room.require(
            3 * 4 * rows * Double(sizes[4]), for: "--shape: points of \(shape)", advice: "Reduce its numbers.")
        let source = RandomSource(Seed(0))
        func draw(_ count: Int) -> Tensor { .randn([sizes[0], count, sizes[4]], using: source).to(device) }
        return DriftPoints(
            generated: draw(sizes[1]), positives: draw(sizes[2]), negatives: sizes[3] > 0 ? draw(sizes[3]) : nil)
    }
}
