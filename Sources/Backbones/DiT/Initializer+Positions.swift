internal import Foundation
internal import Torch
public import TorchNN

extension Initializer {
    /// Positions of a square grid of tokens in raster order as sines and cosines, [1, N, D], N a square, D a multiple of 4.
    ///
    /// The first half of the features tells the column, the second the row; each half is [sin(p w_i), cos(p w_i)] with
    /// w_i = 10000^(-i / (D / 4)), as in MAE and DiT.
    public static let gridPositions = Initializer { shape, _ in
        let side = Int(Double(shape[1]).squareRoot().rounded())
        precondition(
            shape.count == 3 && shape[0] == 1 && side * side == shape[1] && shape[2] % 4 == 0,
            "positions of a grid are [1, N, D] with N a square and D a multiple of 4, not \(shape)")
        let quarter = shape[2] / 4
        let frequencies = Tensor((0..<quarter).map { pow(10_000, -Double($0) / Double(quarter)) })
        let angles = Tensor.arange(side, dtype: .float64).unsqueeze(1) * frequencies.unsqueeze(0)
        let waves = Tensor.cat([angles.sin(), angles.cos()], 1)
        let columns = waves.repeat(side, 1)
        return Tensor.cat([columns, waves.repeatInterleave(side, 0)], 1).unsqueeze(0)
    }
}
