/// Stops the program with `message` unless a demand on arguments is met.
///
/// Unlike `precondition`, which says nothing in release builds, the message is printed there too.
func demand(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError("Marching: \(message())") }
}

extension Optional where Wrapped == String {
    /// Stops the program with the mistake, if there is one.
    func demandNone() {
        if let mistake = self { fatalError("Marching: \(mistake)") }
    }
}
