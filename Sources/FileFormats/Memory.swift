internal import Foundation

/// Room in memory.
public enum Memory {
    /// Refuses what this machine has no memory for, before a failed allocation ends the program.
    ///
    /// - Parameters:
    ///   - count: Bytes that are about to be taken.
    ///   - file: The file for whose content they are.
    /// - Throws: ``FileError``: more than the machine has, or more than the system grants this process.
    public static func require(_ count: Int, for file: String) throws(FileError) {
        guard count >= 1 << 26 else { return }
        let machine = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard count <= machine, let probe = malloc(count) else {
            throw FileError(
                .tooLarge, file, "its content takes \(text(count)) of memory, more than there is",
                remedy: "If that is right, make it smaller or split it; otherwise the file is damaged.")
        }
        free(probe)
    }

    /// Such as "1.5 GiB".
    public static func text(_ count: Int) -> String {
        let (unit, name) = count >= 1 << 30 ? (1 << 30, "GiB") : (1 << 20, "MiB")
        return "\((Double(count) / Double(unit)).formatted(.number.precision(.fractionLength(1)))) \(name)"
    }
}
