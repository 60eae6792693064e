internal import Foundation

/// A step of writing a file that the system refused.
///
/// Modules turn it into errors of their own.
package struct WritingFailure: Error {
    /// The path that was to be written, as the user knows it.
    package let path: String
    /// The refused step, such as "replace the file".
    package let action: String
    /// The system's `errno`.
    package let number: Int32

    /// A failure; of the last call to the system if no number is given.
    init(_ path: String, _ action: String, _ number: Int32 = errno) {
        self.path = path
        self.action = action
        self.number = number
    }

    /// The system's reason, such as "Permission denied".
    package var reason: String { String(cString: strerror(number)) }
}
