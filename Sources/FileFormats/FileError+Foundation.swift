internal import Foundation

extension FileError {
    /// An error in plain words: errors of Foundation, whose own texts are about domains and codes, become path and reason.
    package static func describing(_ error: any Error) -> String {
        if let error = error as? CocoaError {
            let number = (error.underlying as? POSIXError)?.code.rawValue
            let reason = number.map { String(cString: strerror($0)) } ?? "the system gives no reason"
            let path = error.filePath ?? error.url?.path ?? "A file"
            return "\(path) cannot be read or written: \(reason). Check the path and its permissions."
        }
        if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
        return "\(error)"
    }
}
