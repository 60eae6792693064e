internal import Torch

/// What Adam and AdamW remember: the moments of each parameter's gradient and its number of steps.
struct AdamMoments {
    let parameters: [NamedTensor]
    private let first: [Tensor]
    private let second: [Tensor]
    private let steps: [Tensor]

    init(_ parameters: [NamedTensor]) {
        self.parameters = parameters
        first = parameters.map { $0.tensor.detach().zerosLike() }
        second = parameters.map { $0.tensor.detach().zerosLike() }
        steps = parameters.map { .zeros([], device: $0.tensor.device) }
    }

    var state: [NamedTensor] {
        parameters.indices.flatMap { index in
            let name = parameters[index].name
            return [
                ("\(name).exp_avg", first[index]), ("\(name).exp_avg_sq", second[index]),
                ("\(name).step", steps[index]),
            ]
        }
    }

    func step(_ gradients: [(index: Int, gradient: Tensor)], _ how: ListOperations.Adam) {
        guard !gradients.isEmpty else { return }
        let chosen = gradients.map(\.index)
        ListOperations.adamStep(
            parameters: chosen.map { parameters[$0].tensor }, gradients: gradients.map(\.gradient),
            first: chosen.map { first[$0] }, second: chosen.map { second[$0] }, steps: chosen.map { steps[$0] },
            how: how)
    }
}
