/// A tensor and its name, as weight files and networks list them.
public typealias NamedTensor = (name: String, tensor: Tensor)
