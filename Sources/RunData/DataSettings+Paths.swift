extension DataSettings {
    /// The file or folder of the data; nil for the standard places and toys.
    public var path: String? {
        switch self {
        case .fashionMNIST(let settings), .mnist(let settings): settings.path
        case .cifar10(let settings): settings.path
        case .images(let settings): settings.path
        case .latents(let settings): settings.path
        case .points(let settings): settings.path
        case .toy: nil
        }
    }

    /// Replaces the file or folder, if there is one.
    public mutating func changePath(_ change: (String) -> String) {
        switch self {
        case .fashionMNIST(var settings):
            settings.path = settings.path.map(change)
            self = .fashionMNIST(settings)
        case .mnist(var settings):
            settings.path = settings.path.map(change)
            self = .mnist(settings)
        case .cifar10(var settings):
            settings.path = settings.path.map(change)
            self = .cifar10(settings)
        case .images(var settings):
            settings.path = change(settings.path)
            self = .images(settings)
        case .latents(var settings):
            settings.path = change(settings.path)
            self = .latents(settings)
        case .points(var settings):
            settings.path = change(settings.path)
            self = .points(settings)
        case .toy: break
        }
    }
}
