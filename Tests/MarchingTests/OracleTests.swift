import Generative
import Marching
import TestSupport
import Testing
import Torch

/// 32 points in some dimensions, the exact optimum on them, and starts at noise.
struct Problem {
    let points: Tensor
    let constants: MarchingConstants
    let optimum: MarchingOptimum
    let noise: Tensor
    let nearest: PointSetDistance
    /// sqrt(E|e - y|²).
    let noiseDistance: Double

    init(_ dimensions: Int, starts: Int = 8) {
        points = normal([32, dimensions], "data")
        noise = normal([starts, dimensions], "noise")
        noiseDistance = (Double(dimensions) + points.square().sum(1).mean().item()).squareRoot()
        constants = MarchingConstants(noiseDistance: noiseDistance, times: LogitNormalTimes())
        optimum = MarchingOptimum(of: points, times: .logitNormal(), softening: constants.softening)
        nearest = PointSetDistance(to: points)
    }

    /// Median distance from the nearest point over that of the starts.
    func residual(_ ends: Tensor) -> Double {
        (nearest.bearing(at: ends).distance / nearest.bearing(at: noise).distance).median().item()
    }

    /// The first data points, covered with noise as far as at a time.
    func covered(_ time: Double, _ count: Int) -> Tensor {
        points[0..<count] * time + normal([count, points.shape[1]], "cover") * (1 - time)
    }
}

func normal(_ shape: [Int], _ name: String) -> Tensor {
    Tensor.randn(shape, using: RandomSource(Seed(14).child(name)), dtype: .float64)
}

@Suite("Marches along the exact optimum") struct OracleTests {
    @Test("Sphere tracing with the published steps reaches the data", arguments: [8, 64, 512])
    func sphere(_ dimensions: Int) {
        let problem = Problem(dimensions, starts: dimensions > 100 ? 3 : 8)
        let tracer = SphereTracing(steps: 250, rate: 0.031, endsWithFullStep: false, for: MarchingOptimum.self)
        let marched = tracer.march(problem.optimum, from: problem.noise)
        // (1 - 0.031)^250 = 0.00038.
        #expect(problem.residual(marched.samples.values) < 0.002)
        #expect(marched.samples.evaluations.allSatisfy { $0 == 250 })
        #expect(marched.samples.stopped.allSatisfy { $0 == .completed })
        // At the data an exact model tells the floor.
        assertClose(marched.distances.median().item(), problem.constants.floor, relative: 0.01)
    }

    @Test("Gradient descent with steps in the published proportion comes to rest at the data", arguments: [8, 64, 512])
    func descent(_ dimensions: Int) {
        let problem = Problem(dimensions, starts: dimensions > 100 ? 3 : 8)
        let length = MarchingMistakes.descentOverDistance * problem.noiseDistance / 250
        for momentum in [0, 0.3] {
            let sampler = GradientDescent(
                steps: 250, length: length, constants: problem.constants, momentum: momentum, endsWithFullStep: false,
                for: MarchingOptimum.self)
            #expect(problem.residual(sampler.march(problem.optimum, from: problem.noise).samples.values) < 1e-4)
        }
    }

    @Test("A budget of 16 steps with a full one at the end reaches the data", arguments: [8, 64, 512])
    func budget(_ dimensions: Int) {
        let problem = Problem(dimensions, starts: 4)
        let tracer = SphereTracing<MarchingOptimum>(steps: 16, reaching: problem.constants.floor)
        #expect(problem.residual(tracer.march(problem.optimum, from: problem.noise).samples.values) < 0.01)
        let length = MarchingMistakes.descentOverDistance * problem.noiseDistance / 16
        let descent = GradientDescent<MarchingOptimum>(steps: 16, length: length, constants: problem.constants)
        #expect(problem.residual(descent.march(problem.optimum, from: problem.noise).samples.values) < 0.01)
    }

    @Test("Early stopping saves two thirds of the evaluations and loses nothing", arguments: [8, 64, 512])
    func earlyStopping(_ dimensions: Int) {
        let problem = Problem(dimensions, starts: dimensions > 100 ? 3 : 8)
        let floor = problem.constants.floor
        let stopping = EarlyStopping(threshold: 2.0.squareRoot() * floor, patience: 80, floor: floor)
        let tracer = SphereTracing<MarchingOptimum>(steps: 250, rate: 0.031, stopping: stopping)
        let marched = tracer.march(problem.optimum, from: problem.noise)
        // ln(0.089) / ln(1 - 0.031) = 77 steps, and some where several points compete.
        #expect(marched.samples.meanEvaluations < 120)
        #expect(marched.samples.stopped.allSatisfy { $0 == .converged })
        #expect(problem.residual(marched.samples.values) < 1e-3)
        #expect(marched.distances.amax().item() < stopping.threshold)
    }

    @Test("Distances are right from eight dimensions on", arguments: [(8, 0.3), (64, 0.05), (512, 0.001)])
    func distances(_ dimensions: Int, _ error: Double) {
        let problem = Problem(dimensions)
        for time in [0.3, 0.6, 0.9] {
            let x = problem.covered(time, 16)
            let told = problem.optimum.bearing(at: x).distance
            let true2 = (x - problem.points[0..<16]).square().sum(1) + problem.constants.softening
            #expect(((told - true2.sqrt()).abs() / true2.sqrt()).median().item() < error, "t = \(time)")
        }
    }

    @Test("In two dimensions they are not: a point does not tell how noisy it is")
    func plane() {
        let problem = Problem(2)
        let x = problem.covered(0.3, 32)
        let told = problem.optimum.bearing(at: x).distance
        let true2 = ((x - problem.points).square().sum(1) + problem.constants.softening).sqrt()
        #expect(((told - true2).abs() / true2).median().item() > 0.2)
    }

    @Test("Strangers are farther from the data than the data's own, clean and noised", arguments: [8, 64, 512])
    func strangers(_ dimensions: Int) {
        let problem = Problem(dimensions)
        let near = problem.points + normal([32, dimensions], "near") * 0.02
        let source = SampleNoise(Seed(1))
        let inside = StrangerScores(of: near, by: problem.optimum, given: (), noise: 0.05, using: source)
        let outside = StrangerScores(
            of: normal([32, dimensions], "strangers") * 1.5, by: problem.optimum, given: (), noise: 0.05, using: source)
        #expect(inside.clean.amax().item() < outside.clean.amin().item())
        #expect(inside.noised.median().item() < outside.noised.amin().item())
    }

    @Test("A march may start at a partly noised point, whose time nobody tells", arguments: [64, 512])
    func partly(_ dimensions: Int) {
        let problem = Problem(dimensions)
        let tracer = SphereTracing<MarchingOptimum>(steps: 12, reaching: problem.constants.floor)
        let ends = tracer.march(problem.optimum, from: problem.covered(0.6, 4)).samples.values
        let off = (ends - problem.points[0..<4]).norm(1) / problem.noiseDistance
        #expect(off.amax().item() < 0.001)
    }

    @Test("A batch that shrinks gives each sample what it gets alone")
    func compaction() {
        let problem = Problem(8)
        let floor = problem.constants.floor
        let stopping = EarlyStopping(threshold: 1.5 * floor, patience: 3, floor: floor)
        let tracer = SphereTracing<MarchingOptimum>(steps: 60, rate: 0.06, stopping: stopping)
        let all = tracer.march(problem.optimum, from: problem.noise)
        #expect(Set(all.samples.evaluations).count > 1)
        for row in 0..<problem.noise.shape[0] {
            let one = tracer.march(problem.optimum, from: problem.noise.slice(0, row, row + 1))
            #expect(one.samples.evaluations[0] == all.samples.evaluations[row])
            assertClose(one.samples.values[0], all.samples.values[row], absolute: 1e-9)
        }
    }
}
