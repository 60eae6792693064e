import Foundation
import Pushforward
import Testing

/// Files of `presets/`, as a user gives them to `pushforward train`.
@Suite struct PresetTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../presets")
        .standardizedFileURL

    @Test("Every preset is read without an error")
    func presetsAreRead() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".yaml") && !$0.hasPrefix("compare-") }
        #expect(files.contains("toy-two-modes.yaml"))
        for file in files {
            #expect(throws: Never.self) { try Self.settings(file) }
        }
    }

    @Test("The preset of Fashion-MNIST spells out the defaults")
    func fashionIsTheDefault() throws {
        #expect(try Self.settings("fashion-drift.yaml").yaml() == RunSettings().yaml())
    }

    @Test("The preset of Fashion-MNIST names every key but the encoder's inherited ones")
    func fashionIsComplete() throws {
        let text = try String(contentsOf: Self.folder.appending(path: "fashion-drift.yaml"), encoding: .utf8)
        let named = Set(text.matches(of: #/(?m)^ *([a-z_]+):/#).map { String($0.1) })
        let known = Set(RunSettings().yaml(comments: false).matches(of: #/(?m)^ *([a-z_]+):/#).map { String($0.1) })
        #expect(named == known)
    }

    @Test("CIFAR-10 can be read from a folder of images instead, as the preset says")
    func imagesInsteadOfCIFAR() throws {
        let file = Self.folder.appending(path: "cifar10.yaml").path
        let settings = try RunSettings().reading(
            file: file, setting: ["data={name: images, path: cifar10, size: 32, flip: true}"])
        #expect(settings.data.isFlipped)
        #expect(try RunSettings().reading(file: file).data.isFlipped)
        #expect(try DataLayout(RunSettings().reading(file: file).data).channels == 3)
    }

    @Test(
        "The presets of ImageNet give 16 x 16 tokens, and maps from 32 x 32 on",
        arguments: ["imagenet256-pixels.yaml", "imagenet256-latents.yaml"])
    func imageNet(_ file: String) throws {
        var settings = try Self.settings(file)
        if case .images(var images) = settings.data {
            images.classes = (0..<1000).map(String.init)
            settings.data = .images(images)
        }
        let layout = try DataLayout(settings.data)
        #expect(layout.classes == 1000)
        guard case .dit(let sizes) = settings.network else { throw Unexpected("\(settings.network)") }
        #expect(layout.size / sizes.sizes.patch == 16)
        let encoder = try #require(settings.drifting.features.encoder?.autoencoder)
        #expect(layout.size / encoder.patch == 32 && encoder.strides == [1, 2, 2, 2])
    }

    private static func settings(_ file: String) throws -> RunSettings {
        try RunSettings().reading(file: folder.appending(path: file).path)
    }
}
