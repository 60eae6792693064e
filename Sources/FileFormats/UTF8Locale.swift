internal import Foundation

/// Runs `body` with names of files in UTF-8 on this thread, whatever the locale of the process.
///
/// libarchive takes names in the locale's encoding and, in the C locale of many servers, drops what is not ASCII.
func withUTF8Names<Result>(_ body: () throws -> Result) rethrows -> Result {
    let former = uselocale(UTF8Locale.shared)
    defer { uselocale(former) }
    return try body()
}

/// Runs `body` with names of files as bytes on this thread, whatever the locale of the process.
///
/// In a UTF-8 locale libarchive composes characters, so that e + U+0301 and U+00E9 become the same name.
func withPlainNames<Result>(_ body: () throws -> Result) rethrows -> Result {
    let former = uselocale(UTF8Locale.plain)
    defer { uselocale(former) }
    return try body()
}

private enum UTF8Locale {
    nonisolated(unsafe) static let plain = newlocale(1 << LC_CTYPE, "C", nil)

    // Made once and never changed; `nil`, where the system has no such locale, leaves the thread's as it is.
    nonisolated(unsafe) static let shared =
        newlocale(1 << LC_CTYPE, "C.UTF-8", nil) ?? newlocale(1 << LC_CTYPE, "en_US.UTF-8", nil)
}
