public import Datasets
internal import Foundation

extension DataSettings {
    /// The training split, as a command line would name it.
    public var reference: DataReference {
        switch self {
        case .fashionMNIST(let images):
            return DataReference(images.path ?? MNISTFamily.fashionMNIST.rawValue, preferring: .train)
        case .mnist(let images): return DataReference(images.path ?? MNISTFamily.mnist.rawValue, preferring: .train)
        case .cifar10(let settings): return DataReference(settings.path ?? CIFAR.cifar10.rawValue, preferring: .train)
        // Absolute, so that a folder called mnist is not taken for MNIST.
        case .images(let settings):
            var reference = DataReference(URL(filePath: settings.path).standardizedFileURL.path, preferring: .train)
            (reference.leftOut, reference.skipsUnreadable) = (settings.leftOut, settings.skipUnreadable)
            return reference
        case .latents(let settings):
            return DataReference(URL(filePath: settings.path).standardizedFileURL.path, preferring: .train)
        case .toy(let toy): return DataReference(toy.distribution.rawValue, nil)
        case .points(let settings): return DataReference(URL(filePath: settings.path).standardizedFileURL.path, nil)
        }
    }
}
