internal import Foundation
internal import Synchronization

/// Names of files and folders that are not finished: `.PROCESS-RANDOM-MACHINE.partial`, short whatever the name of the finished
/// one.
package enum Leftover {
    /// A name that nothing has yet, in a folder.
    package static func path(in folder: String) -> String {
        let unique = "\(getpid())-" + String(UInt32.random(in: 0...(.max)), radix: 16)
        return "\(folder)/.\(unique)-\(machine).partial"
    }

    /// Whether a name is of that form, and its process has ended.
    ///
    /// Of processes on other machines, or in other containers, that share the folder nothing is known: theirs count as running.
    package static func isAbandoned(_ name: String) -> Bool {
        let parts = name.split(separator: ".")
        guard name.hasPrefix("."), parts.count >= 2, parts.last == "partial" else { return false }
        let fields = parts[parts.count - 2].split(separator: "-")
        guard let process = fields.first.flatMap({ Int32($0) }), fields.count < 3 || fields[2] == machine else {
            return false
        }
        return process != getpid() && kill(process, 0) != 0 && errno == ESRCH
    }

    /// Removes abandoned files from a folder that is about to be written to, as far as that is possible.
    ///
    /// Large folders take a while to list, so at most a hundredth of the time is spent on it.
    static func removeAbandoned(in folder: String) {
        let now = uptime()
        guard (schedule.withLock { $0[folder] }) ?? 0 <= now else { return }
        for name in names(in: folder) where isAbandoned(name) { unlink("\(folder)/\(name)") }
        let end = uptime()
        schedule.withLock { $0[folder] = end + 100 * (end - now) }
    }

    /// The earliest moment at which a folder is listed again.
    private static let schedule = Mutex<[String: Double]>([:])

    /// Names of unfinished files, which are ASCII.
    private static func names(in folder: String) -> [String] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("."), name.hasSuffix(".partial") { names.append(name) }
        }
        return names
    }

    private static func uptime() -> Double { ProcessInfo.processInfo.systemUptime }

    /// A mark of this machine, and of the container in whose numbers processes are counted.
    private static let machine: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let space = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
        // FNV-1a.
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) } + Array(space.utf8)
        let hash = bytes.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return String(hash, radix: 16)
    }()
}
