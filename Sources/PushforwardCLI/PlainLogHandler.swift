internal import Logging
internal import Pushforward

/// Log lines as a person at a terminal wants them: the message, on standard error, with the level only if it is a
/// warning or worse.
struct PlainLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let prefix = event.level >= .warning ? "\(event.level): " : ""
        ProgressOutput.standardError.write(Place.shown("\(prefix)\(event.message)\n"))
    }
}
