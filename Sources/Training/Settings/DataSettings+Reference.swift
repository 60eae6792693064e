public import Datasets

extension DataSettings {
    /// The training split, as a command line would name it.
    public var reference: DataReference {
        switch self {
        case .fashionMNIST(let images): DataReference(images.path ?? MNISTFamily.fashionMNIST.rawValue, .train)
        case .mnist(let images): DataReference(images.path ?? MNISTFamily.mnist.rawValue, .train)
        case .toy(let toy): DataReference(toy.distribution.rawValue, nil)
        }
    }
}
