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
        let reader = try FileStart(url)
        let start = try reader.bytes(upTo: 4 + 4 * rank)
        let payload = try shape(start, rank, url.path).reduce(1, *)
        // Each byte of gzip data stands for at most 1032; a claim beyond is damage or a bomb, and takes no memory.
        guard payload <= reader.most else {
            throw FileError(
                .truncated, url.path, "the header promises \(payload) bytes, more than the file can hold",
                remedy: "The file is cut short or damaged: fetch it again.")
        }
        try Memory.require(2 * payload, for: url.path)
        return try decode(start + reader.bytes(upTo: payload + 1), rank: rank, name: url.path)
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

/// A file, gzipped or not, read from its start.
private final class FileStart {
    /// Bytes that may come at most.
    let most: Int
    private let read: (UnsafeMutableRawBufferPointer) throws -> Int

    init(_ url: URL) throws {
        let file = try FileBytes(url)
        let isGzip = Gzip.isGzip(try file.bytes(at: 0, 2))
        most = file.count * (isGzip ? 1032 : 1)
        if isGzip {
            let reader = try GzipReader(url)
            read = { try reader.read(into: $0) }
        } else {
            read = { try file.read(into: $0) }
        }
    }

    func bytes(upTo count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try read(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
        }
    }
}
