internal import Foundation
internal import Generative
internal import Plots
internal import RunData
internal import Runs
internal import Torch
internal import Training

/// Pictures of what a run on points of the plane has learned: `plots/field.png`, distance and directions, and
/// `plots/conflict.png`, training pairs that meet in one place.
struct DistancePictures: RunObserver {
    private let folder: RunFolder
    private let data: TrainingData
    private let times: any TimeDistribution
    private let seed: Seed

    init(_ folder: RunFolder, _ data: TrainingData, _ times: any TimeDistribution, seed: Seed) {
        (self.folder, self.data, self.times, self.seed) = (folder, data, times, seed)
    }

    /// Draws both from the last checkpoint.
    func finish(after step: Int) throws {
        guard data.layout.dimensions == 2 else { return }
        let model = try TrainedModel(folder, methods: MethodCatalog(DistanceMethod()))
        guard let source = model.source as? any DistanceSource else { return }
        let points = try data.examples(
            (0..<min(data.count, 400)).map { $0 * data.count / min(data.count, 400) }, on: .cpu)
        let reach = 1.25 * points.abs().amax().item() + 0.5
        try attemptAll([{ try drawField(source, points, reach) }, { try drawConflict(source, points, reach) }])
    }

    private func told(_ source: any DistanceSource, _ places: [FieldPlot.Point]) -> (u: [Double], v: [FieldPlot.Point])
    {
        let x = Tensor(places.flatMap { [Float($0.x), Float($0.y)] }, shape: [places.count, 2])
        let (distance, direction) = withoutGradients { source.bearing(at: x) }
        return (distance.to(.float64).scalars(as: Double.self), pairs(direction))
    }

    private func pairs(_ points: Tensor) -> [FieldPlot.Point] {
        let numbers = points.to(.float64).scalars(as: Double.self)
        return (0..<points.shape[0]).map { .init(numbers[2 * $0], numbers[2 * $0 + 1]) }
    }

    private func drawField(_ source: any DistanceSource, _ points: Tensor, _ reach: Double) throws {
        let axis = (0...80).map { reach * (Double($0) / 40 - 1) }
        let values = axis.map { y in told(source, axis.map { .init($0, y) }).u }
        var plot = FieldPlot("Learned distance u and steps against v", label: "u", x: axis, y: axis, values: values)
        let coarse = (0..<19).map { reach * (Double($0) / 9 - 1) * 0.95 }
        let tails = coarse.flatMap { y in coarse.map { FieldPlot.Point($0, y) } }
        let directions = told(source, tails).v
        plot.arrows = [.init("-v, towards the data", tails: tails, ways: directions.map { $0 * (-0.09 * reach) })]
        plot.points = pairs(points)
        try plot.write(to: folder.plots.appending(path: "field.png"))
    }

    /// Places at which pairs of noise and data meet, the directions to their data, and the learned one.
    private func drawConflict(_ source: any DistanceSource, _ points: Tensor, _ reach: Double) throws {
        let places = [FieldPlot.Point(0, 0), .init(0.5 * reach, 0.3 * reach), .init(-0.4 * reach, -0.5 * reach)]
        let chance = RandomSource(seed.child("conflict"))
        let count = 200_000
        let chosen = Tensor.randint(0..<points.shape[0], [count], using: chance)
        let y = points.indexSelect(0, chosen)
        let time = times.sample(count, using: chance)
        let x = LinearPath().position(of: y, noise: Tensor.randn([count, 2], using: chance), at: time)
        var (tails, ways): ([FieldPlot.Point], [FieldPlot.Point]) = ([], [])
        for place in places {
            let offset = x - Tensor([Float(place.x), Float(place.y)])
            let near = (offset.norm(1) .< 0.04 * reach).nonzero().flatten()
            let few = near.slice(0, 0, min(near.count, 14))
            let meeting = pairs(x.indexSelect(0, few))
            let way = y.indexSelect(0, few) - x.indexSelect(0, few)
            tails += meeting
            ways += pairs(way / way.norm(1, keepDim: true) * (0.22 * reach))
        }
        let axis = (0...80).map { reach * (Double($0) / 40 - 1) }
        var plot = FieldPlot(
            "Pairs that meet in three places, and what is learned there", label: "", x: axis, y: axis, values: [])
        plot.arrows = [
            .init("to the data of each pair", tails: tails, ways: ways),
            .init("learned, -v", tails: places, ways: told(source, places).v.map { $0 * (-0.3 * reach) }, width: 3),
        ]
        plot.points = pairs(points)
        try plot.write(to: folder.plots.appending(path: "conflict.png"))
    }
}
