public import Foundation
public import Generative

/// A `scheduler_config.json` of diffusers as a table of noise, a grid of levels and a step rule of this package.
///
///     let scheduler = try DiffusersScheduler(json)
///     let plan = try scheduler.plan(steps: 50)
///
/// | Class | Rule |
/// |---|---|
/// | `DDPMScheduler` | ``/Generative/AncestralSampling`` |
/// | `DDIMScheduler` | ``/Generative/DDIM`` |
/// | `DPMSolverMultistepScheduler` | ``/Generative/DPMSolver`` |
/// | `UniPCMultistepScheduler` | ``/Generative/UniPC`` |
/// | `EulerDiscreteScheduler`, `EulerAncestralDiscreteScheduler` | ``/Generative/DDIM`` with η = 0 and 1 at α = 1 |
/// | `HeunDiscreteScheduler` | ``/Generative/EDMHeun`` at α = 1 |
///
/// A class or an option that is not here is an error by name: another rule would give other samples without a word.
public struct DiffusersScheduler: Sendable, Hashable {
    /// The way through the levels, ready for a ``/Generative/DiffusionSampler``.
    public struct Plan: Sendable {
        /// The levels.
        public let grid: NoiseGrid
        /// The rule of each step.
        public let rule: any StepRule
        /// The quantity that the network predicts.
        public let prediction: Prediction
        /// Range to which estimates of data are clipped; nil for none.
        public let range: ClosedRange<Double>?
        /// Standard deviation of the start: 1 where variance is kept, the highest noise level elsewhere.
        public let startDeviation: Double
    }

    /// Contents of the file.
    public let configuration: JSONValue
    /// Name of the class, such as `DDPMScheduler`.
    public let className: String
    /// The table of the network's training.
    public let table: NoiseTable
    /// The quantity that the network predicts.
    public let prediction: Prediction
    private let origin: String

    /// A scheduler of the contents of a file.
    ///
    /// - Parameters:
    ///   - configuration: The contents.
    ///   - origin: Path of the file, for errors.
    /// - Throws: ``ArtifactError`` for values that are not served.
    public init(_ configuration: JSONValue, from origin: String = "scheduler_config.json") throws {
        self.configuration = configuration
        self.origin = origin
        guard let name = configuration["_class_name"]?.string else {
            throw ArtifactError(origin, "has no _class_name", remedy: "Name the scheduler_config.json of diffusers.")
        }
        className = name
        table = try Self.table(configuration, origin)
        prediction = try Self.prediction(configuration["prediction_type"]?.string ?? "epsilon", origin)
        _ = try plan(steps: 10)
    }

    /// A scheduler of a file.
    public init(contentsOf file: URL) throws {
        try self.init(JSONFile.decode(JSONValue.self, from: file), from: file.path)
    }

    private func unserved(_ what: String) -> ArtifactError { Self.unserved(what, origin) }

    private static func unserved(_ what: String, _ origin: String) -> ArtifactError {
        ArtifactError(
            origin, "asks for \(what), which is not served",
            remedy: "Use the scheduler of another class, such as DDIMScheduler.")
    }

    // MARK: Table

    private static func table(_ json: JSONValue, _ origin: String) throws -> NoiseTable {
        let count = json["num_train_timesteps"]?.int ?? 1000
        guard (2...1 << 20).contains(count) else { throw unserved("num_train_timesteps = \(count)", origin) }
        let betas = try betas(json, count, origin)
        guard betas.count >= 2, betas.allSatisfy({ $0 > 0 && $0 < 1 }) else {
            throw unserved("rates of noise that are not within 0 and 1", origin)
        }
        var product = 1.0
        let bars = betas.map { beta in
            product *= 1 - beta
            return product
        }
        guard bars[bars.count - 1] > 0, zip(bars, bars.dropFirst()).allSatisfy({ $0 > $1 }) else {
            throw unserved("rates of noise that leave nothing of the data", origin)
        }
        let table = NoiseTable(alphaBars: bars)
        return json["rescale_betas_zero_snr"]?.bool == true ? table.withZeroTerminalSNR() : table
    }

    private static func betas(_ json: JSONValue, _ count: Int, _ origin: String) throws -> [Double] {
        let trained = json["trained_betas"]?.array ?? []
        if !trained.isEmpty {
            let numbers = trained.compactMap(\.number)
            guard numbers.count == trained.count else { throw unserved("trained_betas that are no numbers", origin) }
            return numbers
        }
        let (low, high) = (json["beta_start"]?.number ?? 1e-4, json["beta_end"]?.number ?? 0.02)
        guard low > 0, high >= low, high < 1 else { throw unserved("beta_start \(low) and beta_end \(high)", origin) }
        switch json["beta_schedule"]?.string ?? "linear" {
        case "linear": return NoiseTable.linear(count, from: low, to: high).betas
        case "scaled_linear": return NoiseTable.scaledLinear(count, from: low, to: high).betas
        case "squaredcos_cap_v2": return NoiseTable.cosine(count).betas
        case let other: throw unserved("beta_schedule '\(other)'", origin)
        }
    }

    private static func prediction(_ name: String, _ origin: String) throws -> Prediction {
        switch name {
        case "epsilon": .noise
        case "sample": .data
        case "v_prediction": .v
        default: throw unserved("prediction_type '\(name)'", origin)
        }
    }

    // MARK: Plan

    /// The way through so many levels.
    ///
    /// - Parameters:
    ///   - steps: Number of steps; ``standardSteps`` if nil.
    ///   - eta: η of DDIM, 0 by default.
    /// - Throws: ``ArtifactError`` for options that are not served, or more steps than the table has.
    public func plan(steps: Int? = nil, eta: Double = 0) throws -> Plan {
        let steps = steps ?? standardSteps
        guard (1..<table.count).contains(steps) || steps == table.count else {
            throw ArtifactError(origin, "has a table of \(table.count), not of \(steps) steps", remedy: "Choose fewer.")
        }
        guard configuration["thresholding"]?.bool != true else { throw unserved("thresholding") }
        guard ["zero", nil].contains(configuration["final_sigmas_type"]?.string) else {
            throw unserved("final_sigmas_type 'sigma_min'")
        }
        for key in ["use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas", "use_flow_sigmas"] {
            guard configuration[key]?.bool != true else { throw unserved(key) }
        }
        let (grid, rule, isUnscaled) = try way(steps, eta)
        return Plan(
            grid: isUnscaled ? grid.unscaled : grid, rule: rule, prediction: prediction, range: range,
            startDeviation: isUnscaled ? grid.unscaled.start.sigma : 1)
    }

    /// Steps where nobody says: the whole table for DDPM, 50 elsewhere, as pipelines of diffusers have it.
    public var standardSteps: Int { className == "DDPMScheduler" ? table.count : min(50, table.count - 1) }

    /// diffusers clips estimates of data for DDPM and DDIM unless told otherwise.
    private var range: ClosedRange<Double>? {
        guard ["DDPMScheduler", "DDIMScheduler"].contains(className), configuration["clip_sample"]?.bool ?? true else {
            return nil
        }
        let limit = abs(configuration["clip_sample_range"]?.number ?? 1)
        return -limit...limit
    }

    private func spacing(_ standard: TableSpacing) throws -> TableSpacing {
        guard let name = configuration["timestep_spacing"]?.string else { return standard }
        guard let spacing = TableSpacing(rawValue: name) else { throw unserved("timestep_spacing '\(name)'") }
        return spacing
    }

    private func way(_ steps: Int, _ eta: Double) throws -> (NoiseGrid, any StepRule, isUnscaled: Bool) {
        let karras = configuration["use_karras_sigmas"]?.bool ?? false
        switch className {
        case "DDIMScheduler":
            return (
                try strided(steps, endsAtTable: configuration["set_alpha_to_one"]?.bool == false), DDIM(eta: eta), false
            )
        case "DDPMScheduler": return (try strided(steps, endsAtTable: false), try ancestral(steps), false)
        case "DPMSolverMultistepScheduler", "UniPCMultistepScheduler":
            return (try multistep(steps, karras), try multistepRule(), false)
        case "EulerDiscreteScheduler", "HeunDiscreteScheduler", "EulerAncestralDiscreteScheduler":
            let spacing = try spacing(.linspace)
            try requireNoOffset(spacing)
            guard table.alphaBars[table.count - 1] > 0 else {
                throw unserved("rescale_betas_zero_snr with Euler's method")
            }
            let grid =
                karras
                ? table.karrasGrid(steps: steps, between: spacing)
                : table.interpolatedGrid(steps: steps, spacing: spacing)
            if className.hasPrefix("Heun") { return (grid, EDMHeun(), true) }
            return (grid, DDIM(eta: className.contains("Ancestral") ? 1 : 0), true)
        default: throw unserved("the class \(className)")
        }
    }

    /// Steps of a fixed stride, which diffusers shifts up by `steps_offset` where they begin at index 0.
    private func strided(_ steps: Int, endsAtTable: Bool) throws -> NoiseGrid {
        let spacing = try spacing(.leading)
        let grid = table.grid(steps: steps, spacing: spacing)
        let offset = spacing == .leading ? configuration["steps_offset"]?.int ?? 0 : 0
        guard offset != 0 || endsAtTable else { return grid }
        guard (0...(table.count / steps)).contains(offset) else { throw unserved("steps_offset \(offset)") }
        let stride = table.count / steps
        return NoiseGrid(
            steps: try grid.steps.map { step in
                let index = Int(step.from.time) + offset
                guard index < table.count else { throw unserved("steps_offset \(offset) at \(steps) steps") }
                let target = index - stride
                let end = target >= 0 ? table.level(target) : endsAtTable && index > 0 ? table.level(0) : .data()
                return NoiseStep(from: table.level(index), to: end)
            })
    }

    /// True if steps need a network that predicts their variances too.
    public var learnsVariances: Bool {
        className == "DDPMScheduler" && configuration["variance_type"]?.string == "learned_range"
    }

    private func ancestral(_ steps: Int) throws -> AncestralSampling {
        switch configuration["variance_type"]?.string ?? "fixed_small" {
        case "fixed_small", "fixed_small_log": return AncestralSampling(.small)
        // diffusers draws in the last step too, unless that step is at index 0.
        case "fixed_large":
            let last = try strided(steps, endsAtTable: false).steps[steps - 1].from.time
            return AncestralSampling(.large, drawingInLastStep: last > 0)
        case "learned_range": return AncestralSampling(.learned)
        case let other: throw unserved("variance_type '\(other)'")
        }
    }

    private func multistep(_ steps: Int, _ karras: Bool) throws -> NoiseGrid {
        let spacing = try spacing(.linspace)
        try requireNoOffset(spacing)
        guard table.alphaBars[table.count - 1] > 0 else { throw unserved("rescale_betas_zero_snr with \(className)") }
        guard steps < table.count else { throw unserved("as many steps as the table has") }
        return karras ? table.karrasGrid(steps: steps) : table.multistepGrid(steps: steps, spacing: spacing)
    }

    private func requireNoOffset(_ spacing: TableSpacing) throws {
        guard spacing != .leading || configuration["steps_offset"]?.int ?? 0 == 0 else {
            throw unserved("steps_offset with \(className)")
        }
    }

    private func multistepRule() throws -> any StepRule {
        let order = configuration["solver_order"]?.int ?? 2
        guard (1...3).contains(order) else { throw unserved("solver_order \(order)") }
        guard configuration["lower_order_final"]?.bool != false else { throw unserved("lower_order_final = false") }
        if className.hasPrefix("UniPC") {
            guard ["bh2", nil].contains(configuration["solver_type"]?.string) else {
                throw unserved("solver_type 'bh1'")
            }
            return UniPC(order: order)
        }
        guard ["midpoint", nil].contains(configuration["solver_type"]?.string) else {
            throw unserved("solver_type 'heun'")
        }
        switch configuration["algorithm_type"]?.string ?? "dpmsolver++" {
        case "dpmsolver++": return DPMSolver(order: order)
        case "sde-dpmsolver++": return DPMSolver(order: order, stochastic: true)
        case let other: throw unserved("algorithm_type '\(other)'")
        }
    }
}
