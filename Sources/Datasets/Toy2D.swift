internal import Foundation
public import Torch

/// Distributions in the plane with shapes that are hard to learn, about one unit wide.
///
/// Definitions as in FFJORD (Grathwohl et al., 2019) and its successors, at scales near unit variance, so that standard
/// normal noise and data are of a size.
public enum Toy2D: String, Sendable, Hashable, CaseIterable, Codable {
    /// Two Gaussians at (-1, 0) and (1, 0), standard deviation 1/4.
    case twoModes = "two_modes"
    /// Eight Gaussians on a circle of radius sqrt 2, standard deviation sqrt(2) / 8 (FFJORD's, divided by 2 sqrt 2).
    case eightGaussians = "eight_gaussians"
    /// The dark squares, of side 1, of a chessboard over [-2, 2]² (FFJORD's, halved).
    case checkerboard
    /// (t cos t, t sin t) / 7, t uniform in [3/2 pi, 9/2 pi], with noise 1/7 (scikit-learn's without depth).
    case swissRoll = "swiss_roll"
    /// Two half circles of radius 1 around (-1/2, -1/4) and (1/2, 1/4) that reach into each other, with noise 0.1
    /// (scikit-learn's, centred).
    case twoMoons = "two_moons"
    /// Two arms (-t cos t, t sin t) / 5, t = 3 pi sqrt u, one and a half turns each, with noise (FFJORD's, times 3/5).
    case spirals
    /// Five bent arms of stretched Gaussians (Johnson et al., 2016): radial deviation 0.3, tangential 0.1, rate 0.25.
    case pinwheel

    /// Number of components, which are the labels: modes, arms, moons, dark squares; 1 for the Swiss roll.
    public var classes: Int {
        switch self {
        case .twoModes, .twoMoons, .spirals: 2
        case .eightGaussians, .checkerboard: 8
        case .swissRoll: 1
        case .pinwheel: 5
        }
    }

    /// Draws points.
    ///
    /// - Parameters:
    ///   - count: Number of points, N.
    ///   - source: Source of random numbers.
    /// - Returns: Points [N, 2], float32, and the component that each was drawn from.
    public func examples(_ count: Int, using source: RandomSource) -> Examples {
        let labels = Tensor.randint(0..<classes, [count], using: source)
        let component = labels.to(.float32)
        let (x, y) = coordinates(count, component, source)
        return Examples(values: Tensor.stack([x, y], 1), labels: labels)
    }

    /// A data set of points drawn with `seed`.
    public func dataset(_ count: Int, seed: Seed) throws -> TensorDataset {
        let examples = examples(count, using: RandomSource(seed))
        let names = (0..<classes).map { "\(rawValue) \($0)" }
        return try TensorDataset(values: examples.values, labels: examples.labels, classNames: names)
    }

    private func coordinates(_ count: Int, _ component: Tensor, _ source: RandomSource) -> (Tensor, Tensor) {
        switch self {
        case .twoModes:
            let (x, y) = Self.normal(count, 0.25, source)
            return (x + component * 2 - 1, y)
        case .eightGaussians:
            let (x, y) = Self.normal(count, 2.0.squareRoot() / 8, source)
            let angle = component * (Double.pi / 4)
            return (x + angle.cos() * 2.0.squareRoot(), y + angle.sin() * 2.0.squareRoot())
        case .checkerboard: return Self.checkerboard(count, component, source)
        case .swissRoll: return Self.swissRoll(count, source)
        case .twoMoons: return Self.twoMoons(count, component, source)
        case .spirals: return Self.spirals(count, component, source)
        case .pinwheel: return Self.pinwheel(count, component, source)
        }
    }

    /// Components 0 to 7 are the dark squares, two per column from left to right.
    private static func checkerboard(
        _ count: Int, _ component: Tensor, _ source: RandomSource
    ) -> (Tensor, Tensor) {
        let column = (component * 0.5).floor()
        let row = component.remainder(2) * 2 + column.remainder(2)
        let x = Tensor.rand([count], using: source)
        let y = Tensor.rand([count], using: source)
        return (x + column - 2, y + row - 2)
    }

    private static func swissRoll(_ count: Int, _ source: RandomSource) -> (Tensor, Tensor) {
        let t = Tensor.rand([count], in: 1.5 * .pi..<4.5 * .pi, using: source)
        let (x, y) = normal(count, 1, source)
        return ((t * t.cos() + x) * (1 / 7.0), (t * t.sin() + y) * (1 / 7.0))
    }

    private static func twoMoons(
        _ count: Int, _ component: Tensor, _ source: RandomSource
    ) -> (Tensor, Tensor) {
        let t = Tensor.rand([count], in: 0..<Double.pi, using: source)
        let (x, y) = normal(count, 0.1, source)
        let side = component * -2 + 1
        return ((t.cos() - 0.5) * side + x, (t.sin() - 0.25) * side + y)
    }

    private static func spirals(
        _ count: Int, _ component: Tensor, _ source: RandomSource
    ) -> (Tensor, Tensor) {
        let t = Tensor.rand([count], using: source).sqrt() * (3 * .pi)
        let arm = component * -2 + 1
        let wide = Tensor.rand([2, count], using: source) * 0.5
        let (x, y) = normal(count, 0.06, source)
        return ((wide[0] - t * t.cos()) * arm * 0.2 + x, (wide[1] + t * t.sin()) * arm * 0.2 + y)
    }

    private static func pinwheel(
        _ count: Int, _ component: Tensor, _ source: RandomSource
    ) -> (Tensor, Tensor) {
        let (radial, tangential) = normal(count, 1, source)
        let (x, y) = (radial * 0.3 + 1, tangential * 0.1)
        let angle = component * (2 * .pi / 5) + x.exp() * 0.25
        return (x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos())
    }

    private static func normal(_ count: Int, _ deviation: Double, _ source: RandomSource) -> (Tensor, Tensor) {
        let noise = Tensor.randn([2, count], using: source) * deviation
        return (noise[0], noise[1])
    }
}
