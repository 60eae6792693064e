public import Backbones
public import RunData

extension DataLayout {
    /// Shape of an example, as networks are asked for it.
    public var networkShape: NetworkInterface.Shape {
        isSpatial ? .map(channels: channels, size: size) : .vector(dimensions)
    }
}
