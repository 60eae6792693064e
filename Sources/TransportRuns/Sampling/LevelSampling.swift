internal import Foundation
internal import Generative
internal import Runs
public import Settings
internal import Torch

/// Levels of noise, guidance and temperature of samplers that step from level to level.
public struct LevelSettings: Sendable, Hashable {
    /// Choice of the levels.
    public enum Spacing: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case trailing, leading, linspace, karras
        case logSNR = "log_snr"
    }

    /// Steps from noise to data.
    public var steps: Int
    /// Choice of the levels.
    public var spacing: Spacing
    /// Noise before the last step, for karras and log_snr; that of the method if nil.
    public var lowest: Double?
    /// Noise of the start, for karras and log_snr; that of the method if nil.
    public var highest: Double?
    /// Exponent of karras.
    public var rho = 7.0
    /// Estimates of pictures are kept within [-1, 1].
    public var clip: Bool
    /// Guidance; none if nil.
    public var guidance: ClassifierFreeSettings?
    /// Temperature; unchanged if nil.
    public var temperature: TemperatureSettings?
    /// Steps of pictures and examinations while training.
    public var previewSteps: Int

    init(steps: Int, _ spacing: Spacing = .trailing, clip: Bool, previewSteps: Int = 10) {
        self.steps = steps
        self.spacing = spacing
        self.clip = clip
        self.previewSteps = previewSteps
    }

    mutating func bind(_ key: SettingsKeys) {
        key("steps", &steps, .in(1...100_000), about: "Steps from noise to data.")
        key(
            "spacing", &spacing,
            about: """
                trailing (equal strides of a table or of time, from the most noise), leading or linspace (of a table), karras, \
                log_snr.
                """)
        if spacing == .karras || spacing == .logSNR {
            key("sigma_min", &lowest, .in(1e-6...1e3), about: "Noise before the last step; null for the method's.")
            key("sigma_max", &highest, .in(1e-3...1e6), about: "Noise of the start; null for the method's.")
        }
        if spacing == .karras {
            key("rho", &rho, .in(1...100), about: "Exponent: the larger, the shorter the steps near the data.")
        }
        key("clip", &clip, about: "Keeps estimates of pictures within [-1, 1].")
        key.section(
            "guidance", &guidance, initial: ClassifierFreeSettings(),
            about: "Guidance; null for none. Needs method.drop_labels, or a weaker run.")
        key.section(
            "temperature", &temperature, initial: TemperatureSettings(),
            about: "Temperature by rescaling the score; null for none.")
        key(
            "preview_steps", &previewSteps, .in(1...100_000),
            about: "Steps of pictures and examinations while training.")
    }

    /// Ends of noise σ / α for karras and log_snr.
    private func ends(of process: TransportProcess) -> (lowest: Double, highest: Double) {
        (lowest ?? max(process.end.ratio, 0.002), highest ?? min(process.start.ratio, 160))
    }

    /// The levels, with the times of the process where they are its own.
    func grid(of process: TransportProcess, _ rule: (NoiseTable, Int, TableSpacing) -> NoiseGrid) -> NoiseGrid {
        let ends = ends(of: process)
        switch spacing {
        case .karras: return .karras(steps: steps, lowest: ends.lowest, highest: ends.highest, rho: rho)
        case .logSNR: return .logUniform(steps: steps, lowest: ends.lowest, highest: ends.highest)
        case .trailing, .leading, .linspace: break
        }
        if let table = process.table, let spacing = TableSpacing(rawValue: spacing.rawValue) {
            let path = TablePath(table)
            return rule(table, steps, spacing).retimed { $0.sigma == 0 ? 1 : path.time(of: $0.time) }
        }
        guard process.end.sigma > 0 else { return NoiseGrid(along: process.path, over: .uniform(steps: steps)) }
        let times = steps == 1 ? [0.0] : TimeGrid.uniform(steps: steps - 1).times
        return NoiseGrid(times.map { PathTimes(of: process.path).level(at: $0) } + [.data(time: 1)])
    }

    func mistake(for process: TransportProcess, startsAnywhere: Bool) -> (key: String, message: String)? {
        if spacing == .leading || spacing == .linspace, process.table == nil {
            return (
                "spacing",
                "has the spacing \(spacing.rawValue), which is one of a table, and the method has none: write trailing, karras "
                    + "or log_snr"
            )
        }
        let ends = ends(of: process)
        if spacing == .karras || spacing == .logSNR {
            guard ends.lowest < ends.highest else {
                return ("sigma_min", "has sigma_min \(ends.lowest), not below sigma_max \(ends.highest)")
            }
            return nil
        }
        if let table = process.table, steps >= table.count {
            return ("steps", "has \(steps) steps, as many as the table of \(table.count) or more: write fewer")
        }
        guard process.start.alpha == 0, spacing != .leading else { return nil }
        if process.prediction == .noise || process.prediction == .score {
            return (
                "spacing",
                "starts at pure noise, where a prediction of \(process.prediction.rawValue) says nothing of the data: write "
                    + "spacing: karras"
            )
        }
        return startsAnywhere
            ? nil : ("spacing", "starts at pure noise, which has no level in units of the data: write spacing: karras")
    }

    /// The grid's name for reports.
    var phrase: String { "\(steps) step\(steps == 1 ? "" : "s"), \(spacing.rawValue)" }
}

/// A sampler that steps from level to level by a rule.
protocol LevelSampling: TransportSampling {
    var levels: LevelSettings { get set }
    /// The rule of a step.
    var rule: any StepRule { get }
    /// The grid of a table, for `steps` and a spacing.
    func tableGrid(_ table: NoiseTable, _ steps: Int, _ spacing: TableSpacing) -> NoiseGrid
    /// True where α may be 0 at the start.
    var startsAnywhere: Bool { get }
    /// True where data keep their scale.
    var isUnscaled: Bool { get }
    /// Evaluations of a step in the middle of a trajectory.
    var evaluationsPerStep: Int { get }
}

extension LevelSampling {
    /// That of the levels.
    public var guidance: ClassifierFreeSettings? {
        get { levels.guidance }
        set { levels.guidance = newValue }
    }

    /// That of the levels.
    public var temperature: TemperatureSettings? {
        get { levels.temperature }
        set { levels.temperature = newValue }
    }

    /// The same with powers of two of steps, for curves.
    public var budgets: [any SamplingSettings] {
        [1, 2, 4, 8, 16, 32, 64].filter { $0 * evaluationsPerStep <= 64 }.map { count in
            var budget = self
            budget.levels.steps = count
            return budget
        }
    }

    /// The same with few steps.
    public var preview: any SamplingSettings {
        var preview = self
        preview.levels.steps = levels.previewSteps
        return preview
    }

    var needsScore: Bool { rule.isStochastic || temperature != nil }
    var startsAnywhere: Bool { true }
    var isUnscaled: Bool { false }
    var evaluationsPerStep: Int { 1 }
    var phrase: String { "\(rule.description), \(levels.phrase)" }

    func tableGrid(_ table: NoiseTable, _ steps: Int, _ spacing: TableSpacing) -> NoiseGrid {
        table.grid(steps: steps, spacing: spacing)
    }

    func mistake(for process: TransportProcess) -> (key: String, message: String)? {
        levels.mistake(for: process, startsAnywhere: startsAnywhere)
    }

    func samples(
        of trained: TrainedProcess, _ request: SampleRequest, observing: ((StepReport) throws -> Void)?
    ) throws -> Samples {
        let own = levels.grid(of: trained.process, tableGrid)
        let grid = isUnscaled ? own.unscaled : own
        return try samples(by: rule, over: grid, trained, request, observing)
    }

    private func samples(
        by rule: some StepRule, over grid: NoiseGrid, _ trained: TrainedProcess, _ request: SampleRequest,
        _ observing: ((StepReport) throws -> Void)?
    ) throws -> Samples {
        // Large levels of noise would round small data away; GPUs of Apple have no double precision.
        let dtype: DType = trained.device == .mps ? .float32 : .float64
        let (shape, device) = (trained.shape, trained.device)
        let start = request.noise.normal(request.indices, shape: shape, dtype: dtype).to(device)
        let model = trained.levels(guidance, temperature, clipping: levels.clip)
        return try DiffusionSampler(rule, over: grid, for: AnyLevels.self).sample(
            model, from: start * TransportProcess.deviation(of: grid.start),
            given: Tensor(request.labels, device: device),
            drawing: { request.draw($0, shape: shape, dtype: dtype, on: device) }, observing: { try observing?($0) })
    }
}
