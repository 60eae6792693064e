import FileFormats
import Foundation

/// Keeps two processes from training in one run.
///
/// The kernel holds the lock (flock) and drops it when the process ends in whatever way, so none can become stale. The
/// file says who holds it, for the message. Where a file system has no locks, a living process of that number on this
/// machine counts as the holder.
final class RunLock {
    private let descriptor: Int32
    private var isHeld = false

    init(_ url: URL, of run: RunFolder) throws {
        descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(errno: errno, url.path, "create") }
        let owner = LockOwner(reading: descriptor)
        // The instance is complete: when this throws, deinit closes the file.
        guard try isFree(owner) else { throw RunError.busy(run, owner: owner?.description ?? "another process") }
        isHeld = true
        LockOwner.current.write(to: descriptor)
    }

    deinit {
        // The file stays: removing it would let a third process lock another file of the same name. What another holder wrote
        // into it is not ours to remove.
        if isHeld { ftruncate(descriptor, 0) }
        close(descriptor)
    }

    private func isFree(_ owner: LockOwner?) throws -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            default: return owner?.isAlive != true
            }
        }
        return true
    }
}

/// Owner of a lock.
private struct LockOwner: CustomStringConvertible {
    let process: Int32
    let host: String

    static var current: LockOwner { LockOwner(process: getpid(), host: ProcessInfo.processInfo.hostName) }

    var description: String { "process \(process) on \(host)" }

    var isAlive: Bool { host == Self.current.host && (kill(process, 0) == 0 || errno == EPERM) }
}

extension LockOwner {
    /// Reads `PROCESS HOST`; nil when the file is empty, as nobody holds the lock then.
    init?(reading descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let words = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let process = Int32(words[0]) else { return nil }
        self.init(process: process, host: String(words[1]))
    }

    /// Writes `PROCESS HOST`; it serves a message, so a failure is no matter.
    func write(to descriptor: Int32) {
        let text = Array("\(process) \(host)\n".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
    }
}
