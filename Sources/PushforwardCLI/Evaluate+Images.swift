internal import ArgumentParser
internal import Foundation
internal import Pushforward

extension Evaluate {
    func report(onRun source: String, _ started: ContinuousClock.Instant) throws -> EvaluationReport {
        let model = try TrainedModel(
            RunFolder(try Place.folder(source)), methods: .all, weights: weights,
            on: device.map { try Device(named: $0) },
            setting: set)
        let layout = model.layout
        guard layout.kind != .latents else {
            throw RequestError("\(source) generates latents, which only a decoder makes images of: measure those.")
        }
        if let classes = model.resembled.chosenClasses {
            throw RequestError(
                """
                \(source) learned the classes \(classes.joined(separator: ", ")) only, and evaluate compares with whole data \
                sets: sample images, and compare them with a folder of such images by --samples and --data.
                """)
        }
        try requireRoom(for: layout)
        let (drawn, origin) = try draw(model, source)
        guard layout.isImage else { return try report(onPoints: drawn, of: model.resembled, origin, started) }
        let sets = try drawn.map { try ImageSet(layout.bytes($0), .init(size: size, channels: channels)) }
        let own = model.resembled.reference
        let chosen = try chosenData(named: self.data ?? own.name)
        let isOwn = chosen.data.name == own.name || chosen.data.place == own.place
        let shape = ImageCollection.Configuration(size: size ?? layout.height, channels: channels ?? layout.channels)
        return try report(
            sets, origin, chosen, isTraining: isOwn ? chosen.data.split.map { $0 == .train } ?? true : nil,
            skipping: isOwn && model.resembled.skipsUnreadable, shape, started)
    }

    /// Samples of all seeds, and their origin.
    private func draw(
        _ model: TrainedModel, _ source: String
    ) throws -> (values: [Tensor], origin: EvaluationReport.Samples) {
        let count = model.layout.isImage ? images : points
        let labels = model.layout.balancedLabels(count)
        let number = count * seeds
        var drawn: [Samples] = []
        let start = ContinuousClock.now
        for index in 0..<seeds {
            let seed = Seed(seed &+ UInt64(index))
            drawn.append(
                try catchingTorchErrors {
                    try model.samples(of: labels, seed: seed) {
                        Self.progress.update("sampling", (Double(index) + $0) / Double(seeds), of: number)
                    }
                })
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        // Costs only: the values of all sets together would be held twice.
        let costs = Samples(
            values: .zeros([drawn.reduce(0) { $0 + $1.count }]), evaluations: drawn.flatMap(\.evaluations),
            passes: drawn.flatMap(\.passes), stopped: drawn.flatMap(\.stopped))
        Self.progress.finish()
        if let failures = costs.failures { ProgressOutput.standardError.write("Warning: \(failures)\n") }
        try requireFinite(drawn.map(\.values), source)
        var origin = EvaluationReport.Samples(source: source, count: count, sets: seeds)
        origin.sampler = model.source.description
        origin.cost = SamplingCost(costs)
        origin.secondsPerSample = seconds / Double(count * seeds)
        origin.weights = weights.rawValue
        origin.step = model.step
        origin.seed = seed
        return (drawn.map(\.values), origin)
    }

    func report(onFile source: String, _ started: ContinuousClock.Instant) throws -> EvaluationReport {
        try Room.requireImages(of: size)
        let file = Place.input(source).standardizedFileURL.path
        // A file that exists comes first, even if it is called mnist.
        let reference =
            Place.kind(source) != nil
            ? DataReference(file, nil) : try DataReference(parsing: source, default: .test)
        if PointSource.isFile(reference.name) { return try report(onPointsIn: reference.name, started) }
        let set = try ImageSet(
            reference, count: images, choosing: .random, .init(size: size, channels: channels),
            skipsUnreadable: skipUnreadable)
        let origin = EvaluationReport.Samples(source: source, count: set.count)
        let sides = Array(set.pixels.shape.suffix(2))
        // Data are brought to the samples' size, where that is a square; the report says so.
        let shape = ImageCollection.Configuration(size: sides[0] == sides[1] ? sides[0] : nil, channels: channels)
        return try report([set], origin, data.map(chosenData), isTraining: nil, skipping: false, shape, started)
    }

    private func report(
        _ sets: [ImageSet], _ origin: EvaluationReport.Samples, _ chosen: ChosenData?, isTraining: Bool?,
        skipping: Bool, _ shape: ImageCollection.Configuration, _ started: ContinuousClock.Instant
    ) throws -> EvaluationReport {
        let kept =
            noCache ? nil : try cache.map { try Place.folder($0, making: true) } ?? ClassifierExtractor.standardCache
        let features = try makeExtractor(chosen?.data, shape, cache: kept)
        var evaluation = try SampleEvaluation(features, Evaluator(chosenMetrics))
        evaluation.cache = kept.map { ReferenceCache($0) }
        if let reference {
            let statistics = try FeatureStatistics(contentsOf: Place.input(reference))
            let name = EvaluationReport.Data(name: reference, split: nil, count: statistics.count)
            return try catchingTorchErrors {
                try evaluation.report(sets, against: statistics, samples: origin, data: name, started: started)
            }
        }
        guard let chosen else { throw ValidationError("Name --data or --reference.") }
        let skips = skipping || skipUnreadable
        let real = try ImageSet(chosen.data, count: images, choosing: .spread, shape, skipsUnreadable: skips)
        var name = EvaluationReport.Data(name: chosen.data.name, split: chosen.data.partName, count: real.count)
        name.isTrainingData = isTraining
        return try catchingTorchErrors {
            if let saveStatistics {
                try evaluation.statistics(of: real).write(to: Place.output(saveStatistics))
            }
            if let neighbours {
                let train = try ImageSet(
                    chosen.learned, count: .max, choosing: .spread, shape, skipsUnreadable: skips)
                try evaluation.drawNeighbours(of: sets[0], among: train, to: Place.output(neighbours))
            }
            return try evaluation.report(sets, against: real, samples: origin, data: name, started: started)
        }
    }
}
