internal import CZlib
public import Foundation

/// Reads a gzip file piece by piece, so that memory does not grow with the file.
///
/// Members that follow each other, as `cat a.gz b.gz` makes them, are read as one; zero bytes after the last are padding.
/// Length and checksum of each member are verified at its end.
public final class GzipReader {
    private let name: String
    private let source: ByteSource
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    // zlib keeps a pointer to the stream, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var state = State.start

    private enum State {
        case start, inside, betweenMembers, finished
    }

    /// Opens a gzip file.
    ///
    /// - Parameter url: The file.
    /// - Throws: ``FileError`` when it cannot be opened.
    public convenience init(_ url: URL) throws {
        self.init(name: url.filePath, source: try FileDescriptor.source(url))
    }

    /// Reads gzip data from wherever they come.
    ///
    /// - Parameters:
    ///   - name: What errors call the data.
    ///   - source: Where they come from.
    init(name: String, source: @escaping ByteSource) {
        self.name = name
        self.source = source
        stream.initialize(to: z_stream())
        // 15 bits of window, as gzip writes, and 16 for its header.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        demand(status == Z_OK, "zlib cannot start (status \(status))")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// Fills the buffer with inflated bytes.
    ///
    /// - Parameter buffer: Where they go.
    /// - Returns: How many there are; fewer than the buffer takes only at the end of the data, 0 after it.
    /// - Throws: ``FileError``: not gzip, damaged, cut short.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let bytes = buffer.bindMemory(to: UInt8.self)
        var filled = 0
        while filled < bytes.count, state != .finished {
            if stream.pointee.avail_in == 0, try !refill() { break }
            if state == .betweenMembers {
                skipPadding()
                continue
            }
            state = .inside
            filled += try inflate(into: UnsafeMutableBufferPointer(rebasing: bytes[filled...]))
        }
        return filled
    }

    /// Reads all that is left.
    ///
    /// - Parameter limit: More bytes are refused; 16 GiB unless stated.
    /// - Throws: ``FileError``: not gzip, damaged, cut short, larger than the limit.
    public func readToEnd(limit: Int = 1 << 34) throws -> [UInt8] {
        var content = [UInt8]()
        while true {
            try Memory.require(content.count * 5 / 2, for: name)
            let piece = try [UInt8](unsafeUninitializedCapacity: max(1 << 16, content.count / 2)) { buffer, count in
                count = try read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            content += piece
            guard content.count <= limit else {
                throw FileError.tooLarge(name, "the inflated data exceed the limit of \(Memory.text(limit))")
            }
            if piece.isEmpty || state == .finished { return content }
        }
    }

    private func refill() throws -> Bool {
        let count = try source(input)
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
        if count > 0 { return true }
        switch state {
        case .start: throw FileError.empty(name)
        case .inside: throw FileError.truncated(name, "the gzip data end early")
        case .betweenMembers, .finished: state = .finished
        }
        return false
    }

    /// Takes zero bytes after a member; anything else begins the next.
    private func skipPadding() {
        while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
            stream.pointee.next_in += 1
            stream.pointee.avail_in -= 1
        }
        guard stream.pointee.avail_in > 0 else { return }
        inflateReset(stream)
        state = .inside
    }

    private func inflate(into buffer: UnsafeMutableBufferPointer<UInt8>) throws -> Int {
        let count = UInt32(clamping: buffer.count)
        stream.pointee.next_out = buffer.baseAddress
        stream.pointee.avail_out = count
        switch CZlib.inflate(stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: state = .betweenMembers
        default: throw FileError.corrupt(name, "the gzip data are damaged (\(reason))")
        }
        return Int(count - stream.pointee.avail_out)
    }

    private var reason: String { stream.pointee.msg.map { String(cString: $0) } ?? "no reason given" }
}

/// Gzip data in memory.
public enum Gzip {
    /// Whether data begin as gzip data do.
    ///
    /// - Parameter bytes: The content of a file, or at least its first two bytes.
    public static func isGzip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// Reads a whole file, inflated if it is gzip by its content, as it is otherwise.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - limit: More inflated bytes are refused; 16 GiB unless stated.
    /// - Throws: ``FileError``: absent, damaged, cut short, larger than the limit.
    public static func contents(of url: URL, limit: Int = 1 << 34) throws -> [UInt8] {
        let content = try readBytes(of: url)
        return isGzip(content) ? try decompress(content, name: url.filePath, limit: limit) : content
    }

    /// Inflates gzip data.
    ///
    /// - Parameters:
    ///   - bytes: One or more gzip members.
    ///   - name: What errors call the data.
    ///   - limit: More inflated bytes are refused; 16 GiB unless stated.
    /// - Throws: ``FileError``: not gzip, damaged, cut short, larger than the limit.
    public static func decompress(_ bytes: [UInt8], name: String, limit: Int = 1 << 34) throws -> [UInt8] {
        var position = 0
        let reader = GzipReader(name: name) { buffer in
            let piece = bytes[position..<min(position + buffer.count, bytes.count)]
            buffer.copyBytes(from: piece)
            position += piece.count
            return piece.count
        }
        return try reader.readToEnd(limit: limit)
    }
}
