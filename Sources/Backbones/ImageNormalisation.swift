public import Torch

/// Normalisation of images that a pretrained network expects.
public enum ImageNormalisation: String, Sendable, Hashable, CaseIterable {
    /// In [-1, 1], as everything here.
    case symmetric
    /// In [0, 1], as SimCLR.
    case unit
    /// In [0, 1], minus the mean over the standard deviation of ImageNet's channels, as torchvision and MoCo.
    case imageNet = "imagenet"

    /// Images [N, C, H, W] in [-1, 1] in the network's form; ImageNet needs three channels.
    public func callAsFunction(_ images: Tensor) -> Tensor {
        switch self {
        case .symmetric: return images
        case .unit: return (images + 1) * 0.5
        case .imageNet:
            let mean = Tensor([0.485, 0.456, 0.406] as [Float], device: images.device).reshape(1, 3, 1, 1)
            let deviation = Tensor([0.229, 0.224, 0.225] as [Float], device: images.device).reshape(1, 3, 1, 1)
            return ((images + 1) * 0.5 - mean) / deviation
        }
    }
}
