import Foundation
import Generative
import TestSupport
import Testing
import Torch

@Suite("Noise by seed and index") struct SampleNoiseTests {
    private let noise = SampleNoise(Seed(2026))

    @Test("The numbers are those of threefry and the normal quantile, computed elsewhere")
    func numbers() {
        // Printed by Fixtures/sample_noise.py.
        let known: [(String, Int, [Double])] = [
            (
                "start", 0,
                [
                    1.5103492693980776, 0.31493496101844676, 0.07526242926215798, -0.33075071415347496,
                    -1.2650036133318623,
                ]
            ),
            (
                "start", 9_999_999_999,
                [1.3515237368430688, -0.9226668409830805, 1.113113631171437, 0.5604077232932839, 0.05861304273691995]
            ),
            (
                "step 3", 5,
                [2.1349816865512476, 0.060117667251067805, 0.4562436903505646, 1.1209067724537283, -1.5676737081627246]
            ),
        ]
        for (purpose, index, values) in known {
            let drawn = noise.normal([index], shape: [5], for: purpose, dtype: .float64)
            assertClose(drawn[0], Tensor(values), relative: 1e-13, absolute: 0)
            assertEqual(noise.normal([index], shape: [5], for: purpose)[0], Tensor(values.map { Float($0) }))
        }
    }

    @Test("Neither order nor batch nor repetition changes a sample, to the last bit", arguments: [[], [3], [2, 3]])
    func batches(shape: [Int]) {
        let all = noise.normal(Array(0..<50), shape: shape)
        #expect(all.shape == [50] + shape)
        let order = (0..<50).map { ($0 * 17 + 5) % 50 } + [7, 7]
        assertEqual(noise.normal(order, shape: shape), all.indexSelect(0, Tensor(order)))
        assertEqual(.cat((0..<50).map { noise.normal([$0], shape: shape) }), all)
        #expect(noise.normal([], shape: shape).shape == [0] + shape)
    }

    @Test("A longer sample begins with a shorter one's numbers")
    func prefixes() {
        assertEqual(noise.normal([4], shape: [9])[TensorIndex.all, 0..<4], noise.normal([4], shape: [4]))
    }

    @Test("Every seed and purpose has numbers of its own")
    func purposes() {
        let first = noise.normal([0, 1], shape: [4])
        for other in [
            noise.normal([0, 1], shape: [4], for: "step 1"), SampleNoise(Seed(1)).normal([0, 1], shape: [4]),
        ] {
            #expect((other - first).abs().amin().item() > 0)
        }
    }

    @Test("Moments and quantiles are those of a normal distribution")
    func moments() {
        let count = 40_000
        let values = noise.normal(Array(0..<400), shape: [100], dtype: .float64).flatten()
        let error = 1 / Double(count).squareRoot()
        #expect(abs(values.mean().item()) < 4 * error)
        #expect(abs(values.square().mean().item() - 1) < 4 * error * 2.0.squareRoot())
        #expect(abs(values.pow(3).mean().item()) < 4 * error * 15.0.squareRoot())
        #expect(abs(values.pow(4).mean().item() - 3) < 4 * error * 96.0.squareRoot())
        // Kolmogorov and Smirnov: the largest distance of the distribution functions is below 1.95 / sqrt(N) with 99.9 %.
        let sorted = values.sort().values
        let expected = ((sorted / 2.0.squareRoot()).erf() + 1) / 2
        let steps = (Tensor.arange(count, dtype: .float64) + 0.5) / Double(count)
        #expect((expected - steps).abs().amax().item() < 1.95 * error)
    }

    @Test("Neighbouring samples and neighbouring numbers are independent")
    func independence() {
        let values = noise.normal(Array(0..<400), shape: [100], dtype: .float64)
        let pairs = [
            (values[0..<399], values[1..<400]),
            (values[TensorIndex.all, 0..<99], values[TensorIndex.all, 1..<100]),
            (values[0..<200], values[200..<400]),
        ]
        for (a, b) in pairs {
            let error = 1 / Double(a.count).squareRoot()
            #expect(abs((a * b).mean().item()) < 4 * error)
            #expect(abs(((a.square() - 1) * (b.square() - 1)).mean().item()) < 4 * 2 * error)
        }
    }

    @Test("Indices that agree in their lower 32 bits differ")
    func wideIndices() {
        let rows = noise.normal([5, 5 + 1 << 32, 5 + 1 << 40], shape: [8])
        #expect((rows[0] - rows[1]).abs().amin().item() > 0 && (rows[1] - rows[2]).abs().amin().item() > 0)
    }
}

@Suite("Where samples start") struct StartTests {
    private let noise = SampleNoise(Seed(3))

    @Test("Pure noise has the deviation of the path at t = 0")
    func prior() {
        let start = Start.prior(shape: [2, 2])
        let x = start.positions([4, 1], along: LinearPath(), noise: noise)
        assertEqual(x, noise.normal([4, 1], shape: [2, 2]))
        assertClose(start.positions([4, 1], along: Wide(), noise: noise), x * 7.0)
        #expect(start.time == 0 && start.shape == [2, 2] && start.count == nil)
    }

    @Test("Given positions and noised data are taken by index")
    func rows() {
        let data = normal([3, 3], "data")
        let given = Start.given(data)
        assertEqual(given.positions([2, 0], along: LinearPath(), noise: noise), data.indexSelect(0, Tensor([2, 0])))
        let noised = Start.noised(data, time: 0.25)
        let x = noised.positions([2, 0], along: LinearPath(), noise: noise)
        let e = noise.normal([2, 0], shape: [3], dtype: .float64)
        assertClose(x, data.indexSelect(0, Tensor([2, 0])) * 0.25 + e * 0.75, relative: 1e-14)
        #expect(noised.time == 0.25 && noised.count == 3 && noised.shape == [3])
    }

    @Test("An index without a row stops the program with a reason")
    func missing() async {
        let exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Start.given(.zeros([3, 2])).positions([3], along: LinearPath(), noise: SampleNoise(Seed(0)))
        }
        let message = String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("only samples 0 to 2 have a start"))
    }

    private struct Wide: AffinePath {
        func coefficients(at time: Tensor) -> PathCoefficients {
            let one = time.onesLike()
            return PathCoefficients(alpha: time, sigma: one * 7.0, alphaRate: one, sigmaRate: one * 0.0)
        }
    }
}
