internal import Foundation

/// Names of files and folders that are not finished: `.PROCESS-RANDOM.partial`, short whatever the name of the finished one.
package enum Leftover {
    /// A name that nothing has yet, in a folder.
    package static func path(in folder: String) -> String {
        let unique = "\(getpid())-" + String(UInt32.random(in: 0...(.max)), radix: 16)
        return "\(folder)/.\(unique).partial"
    }

    /// Whether a name is of that form, and its process has ended.
    package static func isAbandoned(_ name: String) -> Bool {
        let parts = name.split(separator: ".")
        guard name.hasPrefix("."), parts.count >= 2, parts.last == "partial",
            let process = parts[parts.count - 2].split(separator: "-").first.flatMap({ Int32($0) })
        else { return false }
        return process != getpid() && kill(process, 0) != 0 && errno == ESRCH
    }
}
