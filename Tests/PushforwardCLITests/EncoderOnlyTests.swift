import Foundation
import TestSupport
import Testing

@Suite("Training of an encoder alone", .serialized)
struct EncoderOnlyTests {
    @Test("it leaves weights that another run takes over")
    func weights() throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 2)
            let encoder = """
                method.features.encoder={width: 4, blocks: [1], strides: [2], batch: 8, training: {steps: 2, warmup_steps: 1}}
                """
            let images = try SmallRun.images("first", data: data, steps: 1)
            let only = ["--set", encoder, "--through", "encoder"]
            try Program(images + only, in: folder).outcome().expectSuccess()
            let weights = folder.appending(path: "first/encoder/weights.safetensors")
            #expect(FileManager.default.fileExists(atPath: weights.path))
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "first/checkpoints/latest").path))
            try Program(images + only, in: folder).outcome().expectRefusal("first holds a run already", "--resume")

            for source in ["from=first", "weights=first/encoder/weights.safetensors"] {
                let name = String(source.prefix { $0 != "=" })
                let second = try SmallRun.images(name, data: data, steps: 1)
                let arguments = second + ["--set", encoder, "--set", "method.features.encoder.\(source)"]
                try Program(arguments, in: folder).outcome().expectSuccess()
                #expect(
                    FileManager.default.fileExists(atPath: folder.appending(path: "\(name)/samples/final.png").path))
            }
            // Without an encoder there is nothing to train.
            try Program(SmallRun.images("third", data: data, steps: 1) + ["--through", "encoder"], in: folder)
                .outcome().expectRefusal("no stage 'encoder'", "its stages are generator")
        }
    }
}
