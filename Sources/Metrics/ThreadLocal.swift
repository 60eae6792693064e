internal import Foundation

/// A value that belongs to the thread that computes.
///
/// Task-local values would say the same, but in release builds of Swift 6.3 a synchronous `withValue` whose work throws leaves the
/// stack of task-local values broken, and the next one crashes (KNOWN_ISSUES.md).
package struct ThreadLocal<Value: Sendable>: Sendable {
    private final class Box {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private let key: String

    /// A value of a name that nothing else uses.
    package init(_ name: String) { key = "pushforward." + name }

    /// The value of this thread; nil outside of ``with(_:_:)``.
    package var value: Value? { (Thread.current.threadDictionary[key] as? Box)?.value }

    /// Does some work on this thread with a value; nil for none.
    package func with<Result>(_ value: Value?, _ work: () throws -> Result) rethrows -> Result {
        let values = Thread.current.threadDictionary
        let former = values[key]
        values[key] = value.map { Box($0) }
        defer { values[key] = former }
        return try work()
    }
}
