internal import Artifacts

/// Any JSON: the configurations in a manifest differ from file to file.
typealias JSON = JSONValue
