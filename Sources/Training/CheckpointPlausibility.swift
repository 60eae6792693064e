package import Foundation
package import Torch
internal import TorchNN

/// Bounds that every state of a training keeps, whatever the data: numbers that are finite and yet beyond them are damage.
///
/// AdamW moves a weight by at most `rate c` in a step, with c = max(1, (1 - beta1) / sqrt(1 - beta2)) (Kingma and Ba, 2015, section
/// 2.1), and weight decay divides by at most 1 - rate decay; so after n steps no weight has ever been further from 0 than
///
///     (|w| + n rate c) / (1 - rate decay)^n
///
/// and neither has an average of weights. The first moment keeps to the second by the inequality of Cauchy and Schwarz:
///
///     m^2 <= v (1 - beta1)^2 / (1 - beta2)  sum_k (beta1^2 / beta2)^k
///
/// Settings may have been changed between steps, so bounds are taken a hundred times as wide.
package struct CheckpointPlausibility {
    private let settings: TrainingSettings
    private let step: Int

    /// The bounds of a state after so many steps.
    package init(_ settings: TrainingSettings, step: Int) {
        self.settings = settings
        self.step = step
    }

    /// Factor by which bounds are exceeded before they count.
    private static let slack = 100.0

    /// Refuses averages that no weights can have had.
    ///
    /// - Parameters:
    ///   - averages: Tensors by name.
    ///   - weights: Those of the last step, by the same names.
    ///   - file: Their file, for the message.
    package func require(averages: [NamedTensor], of weights: [NamedTensor], in file: URL) throws {
        let known = Dictionary(weights.map { ($0.name, $0.tensor) }) { first, _ in first }
        for (name, average) in averages {
            guard let weight = known[name], average.dtype.isFloatingPoint else { continue }
            let (found, bound) = (Self.largest(average), reach(from: Self.largest(weight)))
            guard found > bound else { continue }
            throw refusal(
                file, "the average of \(name) reaches \(Self.short(found)), which its weights cannot have done")
        }
    }

    /// Refuses moments and counters that AdamW cannot have made.
    ///
    /// - Parameters:
    ///   - state: The optimiser's state, `<name>.exp_avg`, `.exp_avg_sq` and `.step` of each parameter.
    ///   - file: Its file, for the message.
    func require(optimizer state: [NamedTensor], in file: URL) throws {
        let tensors = Dictionary(state.map { ($0.name, $0.tensor) }) { first, _ in first }
        var most = 0.0
        for (name, tensor) in state {
            if name.hasSuffix(".step") {
                let steps: Double = tensor.item()
                guard steps >= 0, steps == steps.rounded(), steps <= Double(counted) else {
                    throw refusal(file, "\(name) is \(Self.short(steps)), though \(step) steps were done")
                }
                most = max(most, steps)
            } else if name.hasSuffix(".exp_avg") {
                guard let second = tensors[name + "_sq"] else { continue }
                try require(name, tensor.to(.float64), second.to(.float64), in: file)
            }
        }
        guard state.isEmpty || most == Double(counted) else {
            throw refusal(file, "its steps end at \(Self.short(most)), though \(step) were done")
        }
    }

    /// Refuses a counter of averages that is not that of the steps.
    func require(updates: Int, in file: URL) throws {
        guard updates != step else { return }
        throw refusal(file, "its averages are of \(updates) steps, though \(step) were done")
    }

    private func require(_ name: String, _ first: Tensor, _ second: Tensor, in file: URL) throws {
        guard first.count > 0 else { return }
        guard second.amin().item() >= 0.0 else { throw refusal(file, "\(name)_sq has numbers below 0") }
        // Squares of tiny gradients are 0 in float32.
        let excess = (first.abs() - second.sqrt() * (Self.slack * momentRatio)).amax().item() as Double
        guard excess <= 1e-12 else {
            throw refusal(
                file, "\(name) reaches \(Self.short(Self.largest(first))), which does not fit \(name)_sq")
        }
        guard let clip = settings.clip else { return }
        let (found, most) = (second.amax().item() as Double, 1e12 * max(1, clip * clip))
        guard found <= most else {
            throw refusal(
                file, "\(name)_sq reaches \(Self.short(found)), though gradients are clipped to \(Self.short(clip))")
        }
    }

    /// Steps as the optimiser counts them, in float32, which is exact up to 2^24.
    private var counted: Int { min(step, 1 << 24) }

    private func reach(from weight: Double) -> Double {
        let (beta1, beta2) = (settings.betas[0], settings.betas[1])
        let stride = settings.learningRate * max(1, (1 - beta1) / (1 - beta2).squareRoot())
        let decay = min(0.999, settings.learningRate * settings.weightDecay)
        return Self.slack * (weight + Double(step) * stride + 1) * exp(-Double(step) * log1p(-decay))
    }

    /// Largest |m| / sqrt(v).
    private var momentRatio: Double {
        let (beta1, beta2) = (settings.betas[0], settings.betas[1])
        guard beta2 > 0 else { return 1 }
        let ratio = beta1 * beta1 / beta2
        let sum = ratio < 1 ? 1 / (1 - ratio) : Double(step) * pow(ratio, Double(step))
        return ((1 - beta1) * (1 - beta1) / (1 - beta2) * sum).squareRoot()
    }

    private static func largest(_ tensor: Tensor) -> Double {
        tensor.count == 0 ? 0 : tensor.to(.float64).abs().amax().item()
    }

    private static func short(_ value: Double) -> String { String(format: "%.3g", value) }

    private func refusal(_ file: URL, _ reason: String) -> TrainingError {
        TrainingError(
            """
            \(file.path): \(reason). The file is damaged, or of another training: use an earlier checkpoint, or start a new run.
            """)
    }
}
