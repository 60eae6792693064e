import Settings

/// Settings of the shape that a training run has: nested sections, kinds, optional values, every type of value.
struct SampleSettings: SettingsSection, Equatable {
    var data = Data()
    var model: any Model = ConvModel()
    var optimiser = Optimiser.adamW(AdamW())
    var training = Training()
    var encoder: Encoder?
    var judge: Optimiser?

    mutating func bind(_ key: SettingsKeys) {
        key.section("data", &data)
        key.section(
            "model", &model, by: "name",
            [SettingsKind("conv_generator", ConvModel()) { $0 }, SettingsKind("mlp", MLPModel()) { $0 }],
            about: "The generator.")
        key.section(
            "optimiser", &optimiser, by: "kind",
            [
                SettingsKind("adamw", AdamW(), Optimiser.adamW, from: \.adamW),
                SettingsKind("sgd", SGD(), Optimiser.sgd, from: \.sgd),
            ])
        key.section("training", &training)
        key.section("encoder", &encoder, initial: Encoder())
        key.section(
            "judge", &judge, initial: .sgd(SGD()), by: "name",
            [
                SettingsKind("adamw", AdamW(), Optimiser.adamW, from: \.adamW),
                SettingsKind("sgd", SGD(), Optimiser.sgd, from: \.sgd),
            ])
    }

    static func == (left: Self, right: Self) -> Bool {
        left.data == right.data && left.model.isEqual(to: right.model) && left.optimiser == right.optimiser
            && left.training == right.training && left.encoder == right.encoder && left.judge == right.judge
    }
}

extension SampleSettings {
    enum Source: String, CaseIterable, SettingsValue {
        case fashion = "fashion_mnist"
        case digits = "mnist"
        case toy = "two_modes"
    }

    struct Data: SettingsSection, Equatable {
        var name = Source.fashion
        var root = "/usr/share/data"
        var labels: [Int] = [0, 1, 2]

        mutating func bind(_ key: SettingsKeys) {
            key("name", &name, about: "Which data set.")
            key("root", &root, .nonEmpty)
            key("labels", &labels, .nonEmpty, .each(.in(0...9)))
        }
    }

    struct Training: SettingsSection, Equatable {
        var steps = 1000
        var seed: UInt64 = 0
        var learningRate = 2e-3
        var clip: Double? = 2
        var decays: [Double] = [0.995]
        var guidance = 1.0...4.0
        var weight: Float = 0.1
        var isMixed = true
        var batch = 32
        var classes = 8

        mutating func bind(_ key: SettingsKeys) {
            key("steps", &steps, .in(1...), about: "Optimiser steps.")
            key("seed", &seed)
            key("learning_rate", &learningRate, .positive)
            key("clip", &clip, .positive, about: "Largest norm of the gradient; null for none.")
            key("decays", &decays, .each(.in(0..<1)))
            key("guidance", &guidance)
            key("weight", &weight)
            key("mixed", &isMixed)
            key("batch", &batch, .in(1...4096))
            key("classes", &classes, .in(1...))
            key.require(batch % classes == 0, "batch", "must be a multiple of classes (\(classes)), found \(batch)")
        }
    }

    struct Encoder: SettingsSection, Equatable {
        var minutes = 2.0

        mutating func bind(_ key: SettingsKeys) {
            key("minutes", &minutes, .positive, .finite)
        }
    }

    enum Optimiser: Equatable {
        case adamW(AdamW)
        case sgd(SGD)

        var adamW: AdamW? { if case .adamW(let settings) = self { settings } else { nil } }
        var sgd: SGD? { if case .sgd(let settings) = self { settings } else { nil } }
    }

    struct AdamW: SettingsSection, Equatable {
        var betas = [0.9, 0.95]

        mutating func bind(_ key: SettingsKeys) {
            key("betas", &betas, .count(.in(2...2)), .each(.in(0..<1)))
        }
    }

    struct SGD: SettingsSection, Equatable {
        var momentum = 0.9

        mutating func bind(_ key: SettingsKeys) {
            key("momentum", &momentum, .in(0..<1))
        }
    }
}

protocol Model: SettingsSection {
    func isEqual(to other: any Model) -> Bool
}

extension Model where Self: Equatable {
    func isEqual(to other: any Model) -> Bool { other as? Self == self }
}

struct ConvModel: Model, Equatable {
    var width = 64

    mutating func bind(_ key: SettingsKeys) {
        key("width", &width, .in(8...), .multiple(of: 8))
    }
}

struct MLPModel: Model, Equatable {
    var layers = [256, 256]
    var activation = "silu"

    mutating func bind(_ key: SettingsKeys) {
        key("layers", &layers, .nonEmpty)
        key("activation", &activation)
    }
}

/// The problems, one per line, that reading gives; empty when there are none.
func problems(_ yaml: String, setting assignments: [String] = []) -> [String] {
    do throws(SettingsError) {
        _ = try SampleSettings().reading(yaml: yaml, setting: assignments)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}
