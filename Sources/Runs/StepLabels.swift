internal import FileFormats

/// Numbers of steps above the columns of a sheet of pictures, in digits of 3 x 5 pixels.
enum StepLabels {
    /// Rows of the digits from the top; a bit for each pixel.
    private static let digits: [[UInt8]] = [
        [0b111, 0b101, 0b101, 0b101, 0b111], [0b010, 0b110, 0b010, 0b010, 0b111], [0b111, 0b001, 0b111, 0b100, 0b111],
        [0b111, 0b001, 0b111, 0b001, 0b111], [0b101, 0b101, 0b111, 0b001, 0b001], [0b111, 0b100, 0b111, 0b001, 0b111],
        [0b111, 0b100, 0b111, 0b101, 0b111], [0b111, 0b001, 0b010, 0b010, 0b010], [0b111, 0b101, 0b111, 0b101, 0b111],
        [0b111, 0b101, 0b111, 0b001, 0b111],
    ]

    /// The sheet with a white strip above it that says a number over each of its equal columns, in the middle.
    ///
    /// Where a number is wider than its column, it is drawn smaller, or left out.
    static func above(_ sheet: Image8, _ numbers: [Int]) -> Image8 {
        let strip = 16
        let blank = [UInt8](repeating: 255, count: strip * sheet.width * sheet.channels)
        var image = Image8(
            width: sheet.width, height: sheet.height + strip, channels: sheet.channels, pixels: blank + sheet.pixels)
        let column = sheet.width / max(numbers.count, 1)
        for (index, number) in numbers.enumerated() {
            let text = String(number)
            guard let scale = [2, 1].first(where: { (4 * text.count - 1) * $0 <= column }) else { continue }
            let left = index * column + (column - (4 * text.count - 1) * scale) / 2
            for (place, digit) in text.compactMap(\.wholeNumberValue).enumerated() {
                draw(digits[digit], on: &image, left: left + 4 * place * scale, top: 3, scale)
            }
        }
        return image
    }

    private static func draw(_ rows: [UInt8], on image: inout Image8, left: Int, top: Int, _ scale: Int) {
        for (y, row) in rows.enumerated() {
            for x in 0..<3 where row >> (2 - x) & 1 == 1 {
                for dy in 0..<scale {
                    for dx in 0..<scale {
                        for channel in 0..<image.channels {
                            image[left + x * scale + dx, top + y * scale + dy, channel] = 0
                        }
                    }
                }
            }
        }
    }
}
