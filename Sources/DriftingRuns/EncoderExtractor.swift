internal import Datasets
internal import Encoders
internal import Features
internal import FileFormats
internal import Foundation
public import Metrics
internal import RunData
internal import Runs
internal import Settings
public import Torch
public import Training

/// The frozen encoder of a run as an extractor: its last map averaged over locations.
///
/// It was trained without knowing the samples, on the data of its run; its numbers compare with each other only where the
/// checksum is the same, and are never called FID. A generator that drifted in its features is flattered by it.
public struct EncoderExtractor: FeatureExtractor {
    /// `encoder of` and the run.
    public let name: String
    /// First 16 digits of the SHA-256 of the weight file.
    public let checksum: String
    private let layout: DataLayout
    // Frozen and on the CPU: it is only read.
    nonisolated(unsafe) private let encoder: any FeatureEncoder

    /// The encoder of a run.
    ///
    /// - Throws: ``/Training/TrainingError`` if the run has no encoder, or has not trained it yet; errors of reading its
    ///   weights.
    public init(_ folder: RunFolder) throws {
        try folder.requireRun()
        let settings = try RunSettings.readingDrifting(of: folder)
        layout = try DataLayout(settings.run.data)
        guard let wanted = settings.method.features.encoder, layout.isImage else {
            throw TrainingError("\(folder.url.path) has no encoder of images, so it cannot judge them.")
        }
        let (weighted, file) = wanted.weighted(in: folder)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw TrainingError(
                """
                \(file.path): the encoder of \(folder.url.path) is not trained yet, or its weights were moved. Train that \
                run first.
                """)
        }
        guard let encoder = try weighted.pretrained(for: layout, on: .cpu) else {
            preconditionFailure("an encoder with weights is pretrained")
        }
        self.encoder = encoder
        name = "encoder of \(folder.url.relativePath)"
        checksum = try String(SHA256.hexadecimal(of: file).prefix(16))
    }

    /// Features [B, D] of images [B, C, H, W] in [-1, 1] in the size of the run's data.
    ///
    /// - Throws: `MetricError` if the images have another shape.
    public func features(of images: Tensor) throws -> Tensor {
        let shape = [layout.channels, layout.height, layout.width]
        guard Array(images.shape.dropFirst()) == shape else {
            throw MetricError(
                .mismatch,
                """
                The \(name) takes images of shape \(shape), not \(images.shape.dropFirst()). Bring data and samples to it \
                (--size N, --channels 1 or 3).
                """)
        }
        let maps = encoder.featureMaps(of: Pixels.padded(images, to: Size2D(layout.size)))
        guard let last = maps.last else { preconditionFailure("an encoder has at least one map") }
        return last.values.mean([2, 3])
    }
}

extension EncoderSettings {
    /// The same encoder with its weights from a file: the one that they name, or the one that training left.
    fileprivate func weighted(in folder: RunFolder) -> (settings: EncoderSettings, file: URL) {
        switch self {
        case .convNeXt(let settings): return (self, URL(filePath: settings.weights))
        case .resNet50(let settings): return (self, URL(filePath: settings.weights))
        case .autoencoder(var settings):
            let file =
                settings.weightFile
                ?? folder.stage(DriftingMethod.encoderStage).url.appending(path: "weights.safetensors")
            settings.from = nil
            settings.weights = file.path
            return (.autoencoder(settings), file)
        }
    }
}
