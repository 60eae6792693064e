internal import Foundation
internal import Generative
internal import Torch

/// Equal intervals of the time [0, 1], by which losses are told apart.
struct TimeBins {
    private let count: Int

    init(_ count: Int) { self.count = count }

    /// Means of the values [B] at times [B] in each interval, NaN for one without times; nothing waits for the device.
    func means(of values: Tensor, at time: Tensor) -> NamedTensors {
        var metrics: NamedTensors = [:]
        guard count > 0 else { return metrics }
        let bins = (time * Double(count)).floor().clamp(0...Double(count - 1))
        let isMember = bins.unsqueeze(0) .== Tensor.arange(count, dtype: bins.dtype, device: bins.device).unsqueeze(1)
        let members = isMember.to(values.dtype)
        let means = (members * values.unsqueeze(0)).sum(1) / members.sum(1)
        for (bin, name) in names.enumerated() { metrics[name] = means[bin] }
        return metrics
    }

    /// Centres of the intervals, with two digits after the point where there are more than five.
    private var names: [String] {
        (0..<count).map { bin in
            let centre = (Double(bin) + 0.5) / Double(count)
            return "loss_t" + String(format: count == 5 ? "%.1f" : count <= 50 ? "%.2f" : "%.4f", centre)
        }
    }
}
