public import Backbones
public import TorchNN

/// A network whose configuration and names are those of a class of diffusers.
public protocol DiffusersNetwork: Sendable {
    /// Sizes and options, which read and write `config.json`.
    associatedtype Configuration: Codable & Sendable & Equatable

    /// Names of the class in `config.json`, the present one first.
    static var classNames: [String] { get }
    /// Keys of `config.json` that are understood.
    static var knownKeys: Set<String> { get }
    /// The sizes and options of this network.
    var configuration: Configuration { get }
    /// A reason for which there is no network of a configuration here, as a clause; nil if there is.
    static func mistake(in configuration: Configuration) -> String?
    /// A network with its parameters in `scope`.
    init(_ configuration: Configuration, in scope: Scope)
}

extension AutoencoderKL: DiffusersNetwork {
    /// `AutoencoderKL`.
    public static var classNames: [String] { ["AutoencoderKL"] }
    /// Keys of `config.json` that are understood.
    public static var knownKeys: Set<String> { Configuration.knownKeys }
    /// A reason for which there is no network of a configuration here.
    public static func mistake(in configuration: Configuration) -> String? { configuration.mistake }
}

extension UNet2D: DiffusersNetwork {
    /// `UNet2DModel`.
    public static var classNames: [String] { ["UNet2DModel"] }
    /// Keys of `config.json` that are understood.
    public static var knownKeys: Set<String> { Configuration.knownKeys }
    /// A reason for which there is no network of a configuration here.
    public static func mistake(in configuration: Configuration) -> String? { configuration.mistake }
}

extension DiTTransformer2D: DiffusersNetwork {
    /// `DiTTransformer2DModel`, `Transformer2DModel` before diffusers 0.29.
    public static var classNames: [String] { ["DiTTransformer2DModel", "Transformer2DModel"] }
    /// Keys of `config.json` that are understood.
    public static var knownKeys: Set<String> { Configuration.knownKeys }
    /// A reason for which there is no network of a configuration here.
    public static func mistake(in configuration: Configuration) -> String? { configuration.mistake }
}
