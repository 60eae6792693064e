public import Datasets
internal import Foundation

extension DataSettings {
    /// The training split, as a command line would name it.
    public var reference: DataReference {
        switch self {
        case .fashionMNIST(let images): DataReference(images.path ?? MNISTFamily.fashionMNIST.rawValue, .train)
        case .mnist(let images): DataReference(images.path ?? MNISTFamily.mnist.rawValue, .train)
        case .cifar10(let settings): DataReference(settings.path ?? CIFAR.cifar10.rawValue, .train)
        // Absolute, so that a folder called mnist is not taken for MNIST.
        case .images(let settings): DataReference(URL(filePath: settings.path).standardizedFileURL.path, .train)
        case .latents(let settings): DataReference(URL(filePath: settings.path).standardizedFileURL.path, .train)
        case .toy(let toy): DataReference(toy.distribution.rawValue, nil)
        case .points(let settings): DataReference(URL(filePath: settings.path).standardizedFileURL.path, nil)
        }
    }
}
