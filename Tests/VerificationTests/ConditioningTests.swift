import Backbones
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import Verification

/// The release's small encoder on random images, among which there are some whose last norm, over three numbers that nearly
/// agree, amplifies rounding some hundred times.
@Suite("Verification of ill-conditioned cases")
struct ConditioningTests {
    /// Parameters of the release, images, the encoder's last map in float64, and how far rounding moves it.
    private struct Setting {
        let tensors: [String: Tensor]
        let exact: Tensor
        /// A change of the last map by another perturbation of the images by 1e-7.
        let change: Tensor

        init() throws {
            let file = fixtures().deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "BackbonesTests/Fixtures/released_encoder.safetensors.gz")
            let parameters = try withTemporaryFolder { folder in
                let inflated = folder.appending(path: "inflated.safetensors")
                try Data(Gzip.contents(of: file)).write(to: inflated)
                return try SafetensorsFile(inflated).tensors.mapValues { $0.clone() }
            }.filter { $0.key.hasPrefix("params/") }
            let encoder = try Self.encoder(parameters)
            func last(_ images: Tensor) throws -> Tensor {
                let map = try #require(withoutGradients { encoder.maps(of: images).last })
                #expect(map.name == "layer4")
                return map.values.flatten(2).mT
            }
            // The first images whose map rounding moves about as far as the tolerance.
            for seed in 0..<500 as Range<UInt64> {
                let images = Tensor.randn([4, 3, 32, 32], using: RandomSource(Seed(seed)))
                let noise = Tensor.randn(images.shape, using: RandomSource(Seed(seed).child("noise")), dtype: .float64)
                let exact = try last(images.to(.float64))
                let change = try last(images.to(.float64) * (noise * 1e-7 + 1)) - exact
                guard (1.6e-5...2.5e-5).contains(ConditioningTests.error(exact + change, exact)) else { continue }
                self.init(parameters, images, exact, change)
                return
            }
            throw Unexpected("no images are ill-conditioned")
        }

        private init(_ parameters: [String: Tensor], _ images: Tensor, _ exact: Tensor, _ change: Tensor) {
            var tensors = parameters
            (self.exact, self.change) = (exact, change)
            tensors["in/x"] = images.permute(0, 2, 3, 1).contiguous()
            tensors["patched"] = ResNetEncoder.patchify(images, 4).permute(0, 2, 3, 1).contiguous()
            self.tensors = tensors
        }

        private static func encoder(_ tensors: [String: Tensor]) throws -> ResNetEncoder {
            var configuration = ResNetEncoder.Configuration.released(width: 12, channels: 3, patch: 4)
            (configuration.blocks, configuration.strides) = ([1, 2, 1, 1], [1, 2, 2, 2])
            let store = ParameterStore(seed: Seed(0), dtype: .float64)
            let encoder = ResNetEncoder(configuration, in: store.root / "encoder")
            let pairs = tensors.map { (String($0.key.dropFirst("params/".count)), $0.value) }
            try ReleasedParameters(Dictionary(uniqueKeysWithValues: pairs), from: "fixture").load(
                into: store, allowing: [.dtypeConversion], renaming: MaskedAutoencoder.parameterName(ofReleased:))
            return encoder
        }

        /// The verdict on vectors whose last map is this one.
        func verdict(on map: Tensor) throws -> (summary: Verification.Summary, comparison: Comparison) {
            try withTemporaryFolder { folder in
                var all = tensors
                all["act/layer4"] = map.to(.float32)
                let place = folder.appending(path: "mae_pixel_encoder")
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
                try SafetensorsFile.write(
                    all.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }, to: place.appending(path: "all.safetensors"))
                let manifest = """
                    {"files": {"mae_pixel_encoder/all.safetensors": {"description": "", "tensors": {}, "config":
                    {"base_channels": 12, "in_channels": 3, "input_patch_size": 4, "layers": [1, 2, 1, 1]}}}}
                    """
                try Data(manifest.utf8).write(to: folder.appending(path: "manifest.json"))
                var outcome: CaseResult.Outcome?
                let summary = try Verification(folder: folder).run {
                    if $0.name == "mae_pixel_encoder/act" { outcome = $0.outcome }
                }
                guard case .compared(let comparison)? = outcome else {
                    throw Unexpected("\(String(describing: outcome))")
                }
                return (summary, comparison)
            }
        }
    }

    private struct Unexpected: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    @Test("numbers that agree pass, and the response to a perturbation of 1e-7 is shown")
    func agrees() throws {
        let setting = try Setting()
        let (summary, comparison) = try setting.verdict(on: setting.exact)
        #expect(summary.failed == 0 && comparison.passes)
        // The largest of several draws is at least about that of this one, and rounding of this size is what there is.
        let response = try #require(comparison.response)
        let change = Self.error(setting.exact + setting.change, setting.exact)
        #expect(response > change / 10 && response < change * 10, "\(response), \(change)")
    }

    @Test("a deviation beyond the tolerance that rounding explains passes as ill-conditioned, and says so")
    func illConditioned() throws {
        let setting = try Setting()
        let change = Self.error(setting.exact + setting.change, setting.exact)
        // Rounding in every layer moves the map further than rounding of the images alone.
        let factor = max(1, 1.5e-4 / change)
        try #require(factor < 9)
        let (summary, comparison) = try setting.verdict(on: setting.exact + setting.change * factor)
        #expect(summary.failed == 0 && summary.illConditioned == 1 && summary.passed == 2)
        #expect(!comparison.agrees && comparison.isIllConditioned && comparison.passes, "\(comparison)")
        #expect(comparison.error > comparison.tolerance)
    }

    @Test("a wrong number fails, also in an ill-conditioned case", arguments: [0.2, 0.01, .nan])
    func wrong(_ amount: Double) throws {
        let setting = try Setting()
        var mistake = Tensor.zeros([96], dtype: .float64)
        mistake[5] = Tensor(amount)
        mistake = mistake.reshape(1, 1, 96)
        let (summary, comparison) = try setting.verdict(on: setting.exact + mistake * (setting.exact.abs() + 1))
        #expect(summary.failed == 1 && summary.illConditioned == 0)
        #expect(!comparison.passes && comparison.quantity == "layer4", "\(comparison)")
    }

    /// max |a - b| / (1 + |b|).
    static func error(_ a: Tensor, _ b: Tensor) -> Double {
        ((a - b).abs() / (b.abs() + 1)).amax().item()
    }
}
