internal import FileFormats
public import Foundation
public import Torch

/// The IDX format, in which MNIST and its relatives come: a magic number, big-endian sizes, unsigned bytes.
///
///     00 00 08 RANK | size of each dimension, 4 bytes big-endian | elements, row-major
public enum IDX {
    /// Reads a file, gzipped or not.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - rank: Number of dimensions that it must have: 3 for images [N, H, W], 1 for labels [N].
    /// - Returns: The elements, uint8.
    /// - Throws: `FileError` if the file is missing, damaged, cut short, has bytes left over, or is something else.
    public static func read(_ url: URL, rank: Int) throws -> Tensor {
        try decode(Gzip.contents(of: url), rank: rank, name: url.path)
    }

    /// Decodes the content of a file that is not compressed.
    ///
    /// - Parameters:
    ///   - bytes: The whole content.
    ///   - rank: Number of dimensions that it must have.
    ///   - name: Name in errors.
    /// - Returns: The elements, uint8.
    /// - Throws: `FileError`, as ``read(_:rank:)``.
    public static func decode(_ bytes: [UInt8], rank: Int, name: String) throws -> Tensor {
        let shape = try shape(bytes, rank, name)
        let (header, payload) = (4 + 4 * rank, shape.reduce(1, *))
        guard bytes.count >= header + payload else {
            throw FileError(
                .truncated, name, "the header promises \(shape) bytes, but only \(bytes.count - header) are there",
                remedy: "The file is cut short: fetch it again.")
        }
        guard bytes.count == header + payload else {
            throw FileError(
                .corrupt, name,
                "\(bytes.count - header - payload) bytes are left over after the \(shape) that the header promises",
                remedy: "The file is damaged: fetch it again.")
        }
        return bytes.withUnsafeBytes { buffer in
            Tensor(copying: UnsafeRawBufferPointer(rebasing: buffer[header...]), shape: shape, dtype: .uint8)
        }
    }

    private static func shape(_ bytes: [UInt8], _ rank: Int, _ name: String) throws -> [Int] {
        guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
            throw FileError(
                .corrupt, name, "an IDX file begins with two zero bytes, this one with \(Array(bytes.prefix(2)))",
                remedy: "Name a file in the format of MNIST, such as train-images-idx3-ubyte.gz.")
        }
        guard bytes[2] == 8 else {
            throw FileError(
                .unsupported, name, "its elements have the type \(bytes[2]), not 8, unsigned bytes",
                remedy: "Convert it to unsigned bytes, or to .npz.")
        }
        guard Int(bytes[3]) == rank else {
            throw FileError(
                .mismatch, name, "it has \(bytes[3]) dimensions where \(rank) were expected",
                remedy: "Images have 3 dimensions and labels 1: check that the two files are not exchanged.")
        }
        guard bytes.count >= 4 + 4 * rank else {
            throw FileError(
                .truncated, name, "it ends within its header", remedy: "The file is cut short: fetch it again.")
        }
        let sizes = (0..<rank).map { dim in
            bytes[(4 + 4 * dim)..<(8 + 4 * dim)].reduce(0) { $0 << 8 | Int($1) }
        }
        // Three sizes of 32 bits could overflow 64; no such file fits on a disk.
        guard sizes.reduce(1, { $0 * Double($1) }) < 0x1p48 else {
            throw FileError(
                .corrupt, name, "its header promises the size \(sizes)",
                remedy: "The file is damaged: fetch it again.")
        }
        return sizes
    }
}
