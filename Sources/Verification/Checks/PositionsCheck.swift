internal import Backbones
internal import Torch
internal import TorchNN

/// Rotary tables, their use, and the first values of positions.
enum PositionsCheck {
    static func runRotations(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        // The tables in bfloat16 are compared bit by bit: weights were trained with them.
        let tables: [(String, RotaryEmbedding.Precision, Measure)] = [
            ("f32", .float32, .forward()), ("bf16", .bfloat16, .exact),
        ]
        for (name, precision, measure) in tables where file.groups.contains(name) {
            recorder.check(name) { comparisons in
                var sizes = Sizes()
                let cosines = try file.tensor("\(name)/cos", "N H", &sizes)
                let sines = try file.tensor("\(name)/sin", "N H", &sizes)
                let rotary = RotaryEmbedding(tokens: sizes["N"], features: 2 * sizes["H"], precision: precision)
                try comparisons.compare("cosines", rotary.cosines, cosines, measure)
                try comparisons.compare("sines", rotary.sines, sines, measure)
            }
        }
        recorder.check("apply") { comparisons in
            for name in ["q", "k"] {
                var sizes = Sizes()
                let x = try file.tensor("apply/\(name)", "B N H D", &sizes)
                guard sizes["D"] % 2 == 0 else {
                    throw VerificationError("\(file.name): 'apply/\(name)' has an odd number of features.")
                }
                let rotary = RotaryEmbedding(tokens: sizes["N"], features: sizes["D"])
                try comparisons.compare(
                    name, rotary(x.transpose(1, 2)).transpose(1, 2), file["apply/\(name)_out"], .forward())
            }
        }
    }

    static func runEmbedding(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        for name in file.tensors.keys.sorted() {
            recorder.check(name) { comparisons in
                var sizes = Sizes()
                let expected = try file.tensor(name, "1 N D", &sizes)
                let side = Int(Double(sizes["N"]).squareRoot().rounded())
                guard side * side == sizes["N"], sizes["D"] % 4 == 0 else {
                    throw VerificationError("\(file.name): '\(name)' is \(expected.shape), which is no square grid.")
                }
                let ours = Initializer.gridPositions(expected.shape, seed: Seed(0))
                try comparisons.compare("first values", ours, expected, .forward())
            }
        }
    }
}
