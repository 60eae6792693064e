public import Foundation

/// A data set in the format of MNIST that tests write themselves: 28 x 28 images of ten classes, in two plain IDX files.
public enum SmallMNIST {
    /// Writes the files of the training split into a folder.
    ///
    /// Class k is a bright bar whose place depends on k, with noise that depends on the image, so that no two are the same.
    ///
    /// - Parameters:
    ///   - folder: Destination of the files; made if it is not there.
    ///   - perClass: Images of each class.
    ///   - missing: Images that the last class has fewer.
    ///   - side: Height and width of the images.
    public static func write(to folder: URL, perClass: Int, missing: Int = 0, side: Int = 28) throws {
        let labels = (0..<(10 * perClass)).map { UInt8($0 % 10) }
            .enumerated().filter { $1 < 9 || $0 / 10 < perClass - missing }.map(\.element)
        var state: UInt64 = 1
        var pixels: [UInt8] = []
        for label in labels.map(Int.init) {
            for place in 0..<(side * side) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let isBar = place / side / 2 == label || place % side / 2 == label
                pixels.append(UInt8(state >> 58) + (isBar ? 180 : 0))
            }
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try idx([labels.count, side, side], pixels).write(to: folder.appending(path: "train-images-idx3-ubyte"))
        try idx([labels.count], labels).write(to: folder.appending(path: "train-labels-idx1-ubyte"))
    }

    /// Two zero bytes, the code of unsigned bytes, the rank, and the sizes in big-endian order.
    private static func idx(_ sizes: [Int], _ bytes: [UInt8]) -> Data {
        var header: [UInt8] = [0, 0, 8, UInt8(sizes.count)]
        for size in sizes {
            for shift in [24, 16, 8, 0] { header.append(UInt8(truncatingIfNeeded: size >> shift)) }
        }
        return Data(header + bytes)
    }
}
