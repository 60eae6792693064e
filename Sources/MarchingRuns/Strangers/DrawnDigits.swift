internal import Foundation
public import Torch

/// Digits as a pen would draw them, in white on black: strangers that look like MNIST and come without a download.
///
/// Each digit is a few strokes in the unit square, turned, stretched, slanted and moved at random, with a pen of random width.
public enum DrawnDigits {
    /// Images [N, 1, size, size], uint8; digit i is i modulo 10.
    public static func images(_ count: Int, size: Int = 28, seed: Seed) -> Tensor {
        let numbers = Tensor.rand([max(count, 1), 8], using: RandomSource(seed.child("digits"))).scalars(as: Float.self)
        var pixels = [UInt8](repeating: 0, count: count * size * size)
        for index in 0..<count {
            let chance = numbers[index * 8..<index * 8 + 8].map { Double($0) * 2 - 1 }
            let pen = Pen(chance)
            let strokes = strokes[index % 10].map { $0.map(pen.placed) }
            for y in 0..<size {
                for x in 0..<size {
                    let point = (x: (Double(x) + 0.5) / Double(size), y: (Double(y) + 0.5) / Double(size))
                    let apart = strokes.map { Self.distance(from: point, to: $0) }.min() ?? 1
                    // A pen with soft edges, one pixel wide.
                    let shade = min(max((pen.width - apart) * Double(size) + 0.5, 0), 1)
                    pixels[(index * size + y) * size + x] = UInt8((shade * 255).rounded())
                }
            }
        }
        return Tensor(pixels, shape: [count, 1, size, size])
    }

    private typealias Point = (x: Double, y: Double)

    /// A hand: numbers in [-1, 1] become a place, a size, a slant and the width of the pen.
    private struct Pen {
        let width: Double
        private let turn, scaleX, scaleY, slant, moveX, moveY: Double

        init(_ chance: [Double]) {
            width = 0.055 + 0.02 * chance[0]
            turn = 0.2 * chance[1]
            (scaleX, scaleY) = (0.56 + 0.1 * chance[2], 0.66 + 0.06 * chance[3])
            slant = 0.15 * chance[4]
            (moveX, moveY) = (0.06 * chance[5], 0.06 * chance[6])
        }

        func placed(_ point: Point) -> Point {
            let x = (point.x - 0.5) * scaleX
            let y = (point.y - 0.5) * scaleY
            let slanted = x - slant * y
            let (c, s) = (cos(turn), sin(turn))
            return (0.5 + moveX + c * slanted - s * y, 0.5 + moveY + s * slanted + c * y)
        }
    }

    private static func distance(from point: Point, to line: [Point]) -> Double {
        zip(line, line.dropFirst()).map { a, b in
            let (dx, dy) = (b.x - a.x, b.y - a.y)
            let length = dx * dx + dy * dy
            let along = length > 0 ? min(max(((point.x - a.x) * dx + (point.y - a.y) * dy) / length, 0), 1) : 0
            return hypot(point.x - a.x - along * dx, point.y - a.y - along * dy)
        }.min() ?? 1
    }

    /// Points of an ellipse about a centre, between two angles in turns, clockwise from the right.
    private static func arc(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ from: Double, _ to: Double
    ) -> [Point] {
        (0...16).map { step in
            let angle = 2 * Double.pi * (from + (to - from) * Double(step) / 16)
            return (x + width * cos(angle), y + height * sin(angle))
        }
    }

    /// Strokes of the digits from 0 to 9; y points downwards.
    private static let strokes: [[[Point]]] = [
        [arc(0.5, 0.5, 0.3, 0.45, 0, 1)],
        [[(0.35, 0.2), (0.55, 0.05), (0.55, 0.95)]],
        [arc(0.5, 0.3, 0.28, 0.25, -0.5, 0.1) + [(0.2, 0.95), (0.82, 0.95)]],
        [arc(0.48, 0.28, 0.26, 0.22, -0.45, 0.25), arc(0.48, 0.72, 0.3, 0.23, -0.25, 0.45)],
        [[(0.65, 0.95), (0.65, 0.05), (0.18, 0.65), (0.85, 0.65)]],
        [[(0.78, 0.05), (0.28, 0.05), (0.25, 0.45)], arc(0.47, 0.68, 0.3, 0.27, -0.38, 0.4)],
        [[(0.68, 0.05), (0.3, 0.45)], arc(0.5, 0.68, 0.27, 0.27, 0, 1)],
        [[(0.2, 0.05), (0.82, 0.05), (0.42, 0.95)]],
        [arc(0.5, 0.27, 0.24, 0.22, 0, 1), arc(0.5, 0.72, 0.29, 0.23, 0, 1)],
        [arc(0.5, 0.3, 0.26, 0.25, 0, 1), [(0.76, 0.3), (0.62, 0.95)]],
    ]
}
