public import Testing

/// Records an issue unless a program that stopped had said all of `parts` on its standard error.
///
/// - Parameters:
///   - result: The result of an exit test that observes `\.standardErrorContent`.
///   - parts: Texts that the message contains.
///   - location: The line to report; the caller's.
public func assertSaid(
    _ result: ExitTest.Result?, _ parts: String..., location: SourceLocation = #_sourceLocation
) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    for part in parts where !text.contains(part) {
        Issue.record("'\(part)' was expected, and this was said:\n\(text)", sourceLocation: location)
    }
}
