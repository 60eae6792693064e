import Foundation
import Pushforward

/// A folder of images that tests write themselves: a folder for each class, a bar for each class at a place of its own.
enum SmallImages {
    /// Writes `perClass` PNG images of each class.
    ///
    /// - Parameters:
    ///   - folder: Destination of the folders of the classes.
    ///   - classes: Their names.
    ///   - perClass: Images of each.
    ///   - channels: 1 or 3.
    ///   - width: Of the images, which are 16 high.
    static func write(
        to folder: URL, classes: [String] = ["cat", "dog"], perClass: Int = 4, channels: Int = 3, width: Int = 16
    ) throws {
        for (label, name) in classes.enumerated() {
            let place = folder.appending(path: name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for number in 0..<perClass {
                let image = image(label: label, number: number, channels: channels, width: width)
                try image.writePNG(to: place.appending(path: "\(number).png"))
            }
        }
    }

    /// Dark noise with a bright bar at the left, whose height is that of the label.
    static func image(label: Int, number: Int, channels: Int = 3, width: Int = 16) -> Image8 {
        var image = Image8(width: width, height: 16, channels: channels, shade: 20)
        for y in 0..<16 {
            for x in 0..<width {
                for channel in 0..<channels {
                    let isBar = y / 4 == label && x < width / 2
                    image[x, y, channel] =
                        UInt8((x * 7 + y * 13 + number * 31 + channel * 5) % 64) + (isBar ? 150 : 0)
                }
            }
        }
        return image
    }
}
