public import Backbones
internal import Datasets
internal import FileFormats
public import Foundation
public import Metrics
public import Torch
internal import TorchNN

/// Features and logits of the 2015 Inception network, which define FID and the Inception Score.
public struct InceptionExtractor: ClassifyingExtractor {
    /// Preparation of images for the network.
    public typealias Preparation = Inception.Preparation

    /// `inception-2015`, and the preparation if it is not pytorch-fid's.
    public let name: String
    /// First 16 digits of the SHA-256 of the weight file.
    public let checksum: String
    /// Always: this is the network that the name FID belongs to.
    public let isInception = true
    private let network: Inception
    private let preparation: Preparation

    /// The network with weights from a file.
    ///
    /// - Parameters:
    ///   - weights: A state dict as pytorch-fid and torch-fidelity load it: `.pth` with 1008 classes, or the same names in a
    ///     `.safetensors`.
    ///   - preparation: Preparation of images for the network; by default as in pytorch-fid.
    /// - Throws: `FileError` if the file is absent, damaged or holds anything but tensors; `TorchError` that lists all tensors
    ///   that are missing, unknown or of the wrong shape.
    public init(weights: URL, _ preparation: Preparation = .pytorchFID) throws {
        self.preparation = preparation
        let maker = preparation == .release ? "the release" : preparation.rawValue
        name = preparation == .pytorchFID ? "inception-2015" : "inception-2015, input of \(maker)"
        let store = ParameterStore(seed: Seed(0))
        network = Inception(in: store.root)
        let counters = Leniency.unused(suffix: "num_batches_tracked")
        if weights.pathExtension == "safetensors" {
            try Weights.load(into: store, from: weights, allowing: [counters])
        } else {
            let tensors = try PyTorchFile(contentsOf: weights).arrays.mapValues { Tensor($0) }
            try Weights.load(into: store, from: tensors, origin: weights.path, allowing: [counters])
        }
        store.freeze()
        checksum = try String(SHA256.hexadecimal(of: weights).prefix(16))
    }

    /// Features [B, 2048] and logits [B, 1008], without the bias as the Inception Score has them, of images [B, C, H, W] in
    /// [-1, 1]; gray images stand for three equal channels.
    public func featuresAndLogits(of images: Tensor) throws -> (features: Tensor, logits: Tensor) {
        guard images.rank == 4, [1, 3].contains(images.shape[1]) else {
            throw MetricError(.mismatch, "The Inception network takes gray or RGB images, not \(images.shape).")
        }
        let colours = images.shape[1] == 1 ? images.expand(-1, 3, -1, -1) : images
        // Few images at a time: the first layers of 250 would fill gigabytes.
        let batches = stride(from: 0, to: colours.shape[0], by: Self.batch).map {
            network.features(resized: Inception.prepared(colours.slice(0, $0, $0 + Self.batch), preparation))
        }
        let features = batches.count == 1 ? batches[0] : Tensor.cat(batches)
        return (features, network.logits(features))
    }

    /// Images that pass through the network together.
    private static let batch = 25
}
