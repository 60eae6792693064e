// The umbrella: one import for users of the library.
@_exported public import Backbones
@_exported public import Datasets
@_exported public import Drifting
@_exported public import Evaluation
@_exported public import FileFormats
@_exported public import Generative
@_exported public import Metrics
@_exported public import Plots
@_exported public import Settings
@_exported public import Torch
@_exported public import TorchNN
@_exported public import Training
