/// Stops the program with `message` unless a demand on arguments is met.
///
/// Unlike `precondition`, which says nothing in release builds, the message is printed there too.
func demand(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError("Bridges: \(message())") }
}
