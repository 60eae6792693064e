import Evaluation
import Foundation
import Metrics
import Synchronization
import TestSupport
import Testing
import Torch

@Suite("The cache of features") struct ReferenceCacheTests {
    /// Means of the images' channels, and how often they were computed.
    private struct CountingExtractor: FeatureExtractor {
        final class Calls: Sendable {
            private let count = Mutex(0)
            func add() { count.withLock { $0 += 1 } }
            func take() -> Int {
                count.withLock { calls in
                    defer { calls = 0 }; return calls
                }
            }
        }

        let name = "means"
        var checksum = "1"
        let calls = Calls()

        func features(of images: Tensor) -> Tensor {
            calls.add()
            return images.mean([2, 3])
        }
    }

    private func images(_ name: String, count: Int = 20) -> ImageSet {
        let source = RandomSource(Seed(5).child(name))
        return ImageSet(Tensor.randint(0..<256, [count, 3, 4, 4], using: source, dtype: .uint8))
    }

    @Test(
        "The second time the features are read, the same to the bit; another extractor or other images are not taken for them"
    )
    func key() throws {
        try withTemporaryFolder { folder in
            let cache = ReferenceCache(folder.appending(path: "cache"))
            var extractor = CountingExtractor()
            let first = try cache.features(of: images("a"), by: extractor)
            #expect(extractor.calls.take() == 1)
            assertEqual(try cache.features(of: images("a"), by: extractor).features, first.features)
            #expect(extractor.calls.take() == 0)
            for other in [images("b"), images("a", count: 19)] {
                _ = try cache.features(of: other, by: extractor)
                #expect(extractor.calls.take() == 1)
            }
            extractor.checksum = "2"
            _ = try cache.features(of: images("a"), by: extractor)
            #expect(extractor.calls.take() == 1)
        }
    }

    @Test("A file with a flipped bit, or cut short, is computed again", arguments: [true, false])
    func damage(flips: Bool) throws {
        try withTemporaryFolder { folder in
            let (cache, extractor) = (ReferenceCache(folder), CountingExtractor())
            let first = try cache.features(of: images("a"), by: extractor)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let file = folder.appending(path: try #require(names.first { $0.hasPrefix("features-") }))
            var bytes = try Data(contentsOf: file)
            if flips { bytes[bytes.count - 2] ^= 1 } else { bytes.removeLast(3) }
            try bytes.write(to: file)
            _ = extractor.calls.take()
            for calls in [1, 0] {
                assertEqual(try cache.features(of: images("a"), by: extractor).features, first.features)
                #expect(extractor.calls.take() == calls)
            }
        }
    }

    @Test("A folder that cannot be written to is no error")
    func unwritable() throws {
        let cache = ReferenceCache(URL(filePath: "/proc/none"))
        #expect(try cache.features(of: images("a"), by: CountingExtractor()).count == 20)
    }
}
