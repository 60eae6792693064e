/// A gnuplot script in the making: look, data, text that cannot break out of its quotes.
struct GnuplotScript {
    private(set) var text: String

    /// A script that draws into a PNG file of this size, with the look that all plots share.
    init(output: String, width: Int, height: Int) {
        text = """
            # Draws \(output.filter { !$0.isNewline }); run it with gnuplot in this folder.
            set encoding utf8
            if (strstrt(GPVAL_TERMINALS, "pngcairo") > 0) {
                set terminal pngcairo size \(width),\(height) enhanced font "sans,12" background rgb "white"
            } else {
                set terminal png size \(width),\(height) enhanced truecolor font "sans,11"
            }
            set output \(output.quoted)

            """
    }

    /// Adds a command.
    mutating func add(_ command: String) {
        text += command + "\n"
    }

    /// Adds rows of numbers under a name that `plot` understands, such as `$data0`.
    mutating func addData(_ name: String, _ rows: some Sequence<[Double]>) {
        text += "\(name) << EOD\n"
        for row in rows {
            text += row.map(\.inGnuplot).joined(separator: " ") + "\n"
        }
        text += "EOD\n"
    }
}

extension Double {
    /// The shortest digits that give the same number; NaN, which gnuplot leaves out, for numbers that are not finite.
    var inGnuplot: String { isFinite ? description : "NaN" }
}

extension String {
    /// The text as a string of gnuplot, on one line; whatever gnuplot could understand is written as an octal code.
    ///
    /// Single quotes would not do: gnuplot takes a quote at their beginning, doubled as it wants it, for their end.
    var quoted: String {
        "\"" + unicodeScalars.map(\.inGnuplot).joined() + "\""
    }
}

extension Unicode.Scalar {
    fileprivate var inGnuplot: String {
        if properties.generalCategory == .control || value == 0x2028 || value == 0x2029 { return " " }
        let isHarmless = !isASCII || properties.isAlphabetic || properties.numericType != nil
        if isHarmless || " ._-,()/:+=%".unicodeScalars.contains(self) { return String(self) }
        let octal = String(value, radix: 8)
        return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
}
