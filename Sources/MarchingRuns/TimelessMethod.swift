internal import Backbones
internal import RunData
internal import Runs
internal import Settings

/// The part that the baselines share: a network without a time and with one head.
protocol TimelessMethod: Method {
    var examples: NoisedExamples { get set }
    func guidance(of sampling: any SamplingSettings) -> ScaleSettings?
}

extension TimelessMethod {
    /// Position in, a prediction of the same shape out.
    public func interface(for data: DataLayout) -> NetworkInterface {
        NetworkInterface(shape: data.networkShape, classes: data.classes, nullClass: examples.dropLabels > 0)
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        key.require(
            guidance(of: run.sampling) == nil || examples.dropLabels > 0, "sampling",
            "has guidance, but no label was dropped in training (method.drop_labels: 0): write guidance: null",
            blaming: "sampling.guidance")
        key.require(
            run.sourceData == nil, "source_data",
            "is not used by the method \(Self.name), which starts from noise: write null")
    }
}
