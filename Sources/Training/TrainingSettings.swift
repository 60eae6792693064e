internal import Foundation
public import Settings

/// Steps, optimiser, precision and checkpoints of one training.
public struct TrainingSettings: SettingsSection, Sendable, Hashable {
    /// Optimiser steps, at most.
    public var steps = 800
    /// Minutes after which training ends, pictures, checkpoints and earlier stages included; nil for no limit.
    public var minutes: Double?
    /// Origin of all randomness of the run.
    public var seed = 0
    /// Steps between checkpoints.
    public var checkpointEvery = 100
    /// Newest checkpoints that are kept.
    public var keepCheckpoints = 2
    /// `cpu`, `cuda:N` or `mps`.
    public var device = "cpu"
    /// Threads of the CPU; nil for as many as libtorch takes, which a run then records, as other numbers give other bits.
    public var threads: Int?
    /// Type of the matrix products and convolutions.
    public var precision = Precision.auto
    /// True if steps are recorded once as a CUDA graph and replayed.
    public var graph = false
    /// Largest step length.
    public var learningRate = 2e-3
    /// Learning-rate schedule.
    public var schedule = Schedule.constant
    /// Steps over which the step length grows to its largest.
    public var warmupSteps = 20
    /// Decay of AdamW's first and second moment.
    public var betas = [0.9, 0.95]
    /// AdamW's decoupled weight decay.
    public var weightDecay = 0.01
    /// Largest norm of all gradients together; nil for no limit.
    public var clip: Double? = 2
    /// Decays of the averaged weights; the first is the one that is sampled from.
    public var averages = [0.998]
    /// Steps between lines of `metrics.jsonl`.
    public var logEvery = 1

    /// The demo's training.
    public init() {}

    /// Type of the matrix products and convolutions; everything else is float32.
    public enum Precision: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// bfloat16 where the device multiplies it in hardware, else float32.
        case auto
        case float32
        /// float32 whose products and convolutions on CUDA round their factors to TF32; elsewhere float32.
        case tf32
        case bfloat16
    }

    /// Learning-rate schedule after the warm-up.
    public enum Schedule: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case constant
        /// Half a cosine down to a hundredth.
        case cosine
        /// A straight line down to a hundredth.
        case linear
    }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("seed", &seed, .in(0...), about: "Seed of all randomness of the run.")
        key("device", &device, .nonEmpty, about: "cpu, cuda:N or mps.")
        key(
            "threads", &threads, .in(1...1024),
            about:
                "Threads of the CPU; null for all cores, or OMP_NUM_THREADS. A run records them, as they can change bits."
        )
        key(
            "graph", &graph,
            about: "Record the step as a CUDA graph and replay it; needs device cuda:N. Not tested yet.")
        bindStage(key)
    }

    /// Names the keys that each training within a run has of its own: all but seed, device, threads and graph, which are the
    /// run's.
    public mutating func bindStage(_ key: SettingsKeys) {
        key("steps", &steps, .in(1...), about: "Optimiser steps, at most.")
        key(
            "minutes", &minutes, .positive, .in(...1e6),
            about:
                "Minutes of wall time after which training ends, earlier stages included; null for no limit but steps.")
        key("checkpoint_every", &checkpointEvery, .in(1...), about: "Steps between checkpoints.")
        key("keep_checkpoints", &keepCheckpoints, .in(1...), about: "Number of newest checkpoints to keep.")
        key(
            "precision", &precision,
            about: "Type of products and convolutions; auto is bfloat16 where hardware has it, tf32 is for CUDA.")
        key("learning_rate", &learningRate, .positive, about: "Peak learning rate of AdamW.")
        key(
            "schedule", &schedule,
            about: "Learning-rate schedule after the warm-up: constant, or cosine or linear down to 1 %.")
        key("warmup_steps", &warmupSteps, .in(0...), about: "Steps over which the learning rate rises from 0.")
        key("betas", &betas, .count(.in(2...2)), .each(.in(0..<1)), about: "Decay rates of AdamW's two moments.")
        key(
            "weight_decay", &weightDecay, .in(0...),
            about: "Decoupled weight decay of AdamW, multiplied by the learning rate.")
        key("clip", &clip, .positive, about: "Largest norm of all gradients together; null to clip nothing.")
        key(
            "averages", &averages, .nonEmpty, .distinct, .each(.in(0..<1)),
            about: "Decay rates of averaged weights (EMA); samples are drawn with the first.")
        key("log_every", &logEvery, .in(1...), about: "Steps between lines of metrics.jsonl.")
        key.require(
            schedule == .constant || warmupSteps < steps, "warmup_steps",
            """
            must be below training.steps, which is \(steps), since the schedule \(schedule.rawValue) decays after the warm-up: found \
            \(warmupSteps). Write at most \(max(0, steps - 1)), such as \(steps / 10)
            """)
    }
}

extension TrainingSettings {
    /// The length for people: "800 steps", or "8 min".
    public var lengthForPeople: String {
        guard let minutes else { return "\(steps) step\(steps == 1 ? "" : "s")" }
        let time =
            minutes < 1
            ? "\((minutes * 60).formatted(.number.precision(.significantDigits(1...2)))) s"
            : "\(minutes.formatted(.number.precision(.fractionLength(0...1)))) min"
        return steps < Self.unlimited ? "\(steps) steps or \(time), whichever comes first" : time
    }

    /// Steps that a training without a limit of steps is given: as many as fit into its minutes.
    public static let unlimited = 1_000_000

    /// At most this many steps, with a warm-up that leaves some of them.
    public mutating func limit(toSteps limit: Int) {
        steps = max(1, limit)
        warmupSteps = min(warmupSteps, steps / 2)
    }
}
