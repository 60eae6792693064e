internal import ArgumentParser
internal import Artifacts
internal import Foundation
internal import Pushforward

extension Sample {
    /// Draws with a model that `import` wrote.
    func runImported(_ folder: String) throws {
        let output = try SampleOutput(out)
        try json.check(beside: out)
        let model = try ModelFolder(Place.folder(folder)).model
        var options = ModelSampler.Options()
        options.steps = steps
        if let guidance { options.guidance = guidance }
        let sampler = try ModelSampler(model, options, on: try device.map { try Device(named: $0) } ?? .cpu)
        let shape = sampler.sampleShape
        var layout = DataLayout(
            channels: shape[0], height: shape[1], width: shape[2], size: shape[1],
            classNames: (0..<sampler.classes).map(String.init))
        if sampler.isLatent { layout.kind = .latents }
        if output.isOfPictures, sampler.isLatent {
            throw RequestError(
                "\(folder) makes latents: import it again with --vae, or write to an .npz or .npy file, not to \(out).")
        }
        try requireRoom(for: layout, output)
        let labels = try LabelChoice(labels, layout, of: folder).labels(count)
        let start = ContinuousClock.now
        let progress = WorkProgress()
        let samples = try catchingTorchErrors {
            try sampler.samples(of: labels, seed: Seed(seed), progress: { progress.update("sampling", $0, of: count) })
        }
        progress.finish()
        try output.write(samples.values, of: layout, labels)
        try report(samples, sampler.description, (ContinuousClock.now - start) / .seconds(1))
    }
}
