internal import Runs
internal import Settings
internal import Training

/// The rows of the comparison of distance marching: who is trained, and how it is sampled.
struct MarchingCells {
    /// One way to draw samples from the runs of a method.
    struct Row: Sendable {
        /// Name in files.
        var name: String
        /// Method whose runs are sampled.
        var method: String
        /// Name in tables.
        var label: String
        /// Section `sampling`, as an assignment.
        var sampling: String
    }

    /// Methods that are trained, each with the same network, examples per step and number of steps.
    static let methods = ["distance", "flow", "uflow", "eqm", "uedm"]

    /// Strangers of the second table.
    static let strangers = ["uniform-noise", "digits", "rotated", "inverted", "cifar-10:test"]

    /// All rows.
    static let rows: [Row] =
        [8, 16, 32, 64].map {
            Row(
                name: "sphere-\($0)", method: "distance", label: "sphere tracing, \($0) steps",
                sampling: "{name: sphere, steps: \($0), guidance: null}")
        }
        + [16, 32, 64].map {
            Row(
                name: "descent-\($0)", method: "distance", label: "gradient descent, \($0) steps",
                sampling: "{name: descent, steps: \($0), guidance: null}")
        } + [
            Row(
                name: "early-64", method: "distance",
                label: "sphere tracing, rate 0.06, at most 64 steps, stopping early",
                sampling: "{name: sphere, steps: 64, rate: 0.06, early_stopping: {}, guidance: null}"),
            Row(
                name: "fixed-64", method: "distance", label: "sphere tracing, rate 0.06, 64 steps",
                sampling: "{name: sphere, steps: 64, rate: 0.06, guidance: null}"),
        ]
        + [4, 8, 16, 32].flatMap { steps in
            [("flow", "flow matching, with time"), ("uflow", "flow matching, without time")].map {
                Row(
                    name: "\($0.0)-\(2 * steps)", method: $0.0, label: "\($0.1), Heun, \(2 * steps) evaluations",
                    sampling: "{name: ode, solver: heun, steps: \(steps), guidance: null}")
            }
        }
        + [32, 64].flatMap { steps in
            [("", "gradient descent"), (", momentum: 0.3", "Nesterov 0.3")].map {
                Row(
                    name: "eqm\($0.0.isEmpty ? "" : "-nesterov")-\(steps)", method: "eqm",
                    label: "equilibrium matching, \($0.1), \(steps) steps",
                    sampling: "{name: descent, steps: \(steps)\($0.0), guidance: null}")
            }
        }
        + [8, 16, 32].map {
            Row(
                name: "uedm-\(2 * $0 - 1)", method: "uedm", label: "EDM without noise level, \(2 * $0 - 1) evaluations",
                sampling: "{name: heun, steps: \($0), highest: 20, guidance: null}")
        }

    /// Settings of the runs of a method; those of the presets `fashion-*.yaml`.
    static func yaml(_ method: String) -> String {
        let own =
            switch method {
            case "eqm": "times: uniform"
            case "uedm": "times: skewed, data_deviation: 0.7"
            default: "times: logit_normal"
            }
        return """
            data: {name: fashion_mnist, size: 28}
            network: {name: unet, width: 24, multipliers: [1, 2, 2], blocks: 1, attention_size: 8}
            method: {name: \(method), \(own), batch: 64, drop_labels: 0.1}
            training:
              {steps: 4000, learning_rate: 1.0e-3, schedule: cosine, warmup_steps: 100, weight_decay: 0,
              clip: \(method == "distance" ? "null" : "2"), averages: [0.999], checkpoint_every: 500, log_every: 10}
            evaluation: {every: 1000, samples: 0}

            """
    }

    /// Training of a method for a number of steps.
    static func settings(
        _ method: String, from settings: RunSettings, setting assignments: [String], steps: Int?, seed: Int
    ) throws -> RunSettings {
        var read = try settings.reading(yaml: yaml(method), setting: assignments)
        if let steps { read.limit(toSteps: steps) }
        read.training.seed = seed
        read.training.keepCheckpoints = 1
        return read
    }
}
