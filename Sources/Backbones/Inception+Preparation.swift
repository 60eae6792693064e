public import Torch

extension Inception {
    /// Preparation of images for the network; distances change with it, so reports name it.
    ///
    /// Reference: Parmar, Zhang and Zhu, On Aliased Resizing and Surprising Subtleties in GAN Evaluation, CVPR 2022.
    public enum Preparation: String, Sendable, Hashable, CaseIterable, Codable {
        /// Bilinear between the centres of pixels without a filter, pixels x as 2 x / 255 - 1: pytorch-fid.
        case pytorchFID = "pytorch-fid"
        /// Bilinear between the corners of pixels, as TensorFlow 1 had it, pixels x as (x - 128) / 128: torch-fidelity.
        case torchFidelity = "torch-fidelity"
        /// Cubic with a filter that widens where it shrinks, as Pillow's, unrounded, pixels x as (x - 128) / 128: clean-fid.
        case cleanFID = "clean-fid"
        /// Bilinear between the centres of pixels without a filter, pixels x as (x - 128) / 128: the authors' release.
        case release
    }

    /// Images [B, C, 299, 299] that the network sees of images [B, C, H, W] in [-1, 1].
    public static func prepared(_ images: Tensor, _ preparation: Preparation = .pytorchFID) -> Tensor {
        switch preparation {
        case .pytorchFID: images.interpolate(to: size, .bilinear)
        case .torchFidelity: centred(betweenCorners(images))
        // Between black and white: the cubic overshoots.
        case .cleanFID: centred(images.interpolate(to: size, .bicubic, antialias: true).clamp(-1...1))
        case .release: centred(images.interpolate(to: size, .bilinear))
        }
    }

    /// (x - 128) / 128 of pixels x = 127.5 (v + 1).
    private static func centred(_ values: Tensor) -> Tensor { (values * 127.5 - 0.5) * (1.0 / 128) }

    private static func betweenCorners(_ images: Tensor) -> Tensor {
        betweenCorners(betweenCorners(images, 2, to: size.height), 3, to: size.width)
    }

    /// One dimension: place i lies at i n / size, between the whole place below and the next, the last being repeated.
    private static func betweenCorners(_ images: Tensor, _ dimension: Int, to size: Int) -> Tensor {
        let n = images.shape[dimension]
        let below = (0..<size).map { $0 * n / size }
        let shares = (0..<size).map { Float($0 * n % size) / Float(size) }
        let first = images.indexSelect(dimension, Tensor(below, device: images.device))
        let second = images.indexSelect(dimension, Tensor(below.map { min($0 + 1, n - 1) }, device: images.device))
        let share = Tensor(shares, device: images.device).reshape(dimension == 2 ? [size, 1] : [1, size])
        return first + (second - first) * share
    }
}
