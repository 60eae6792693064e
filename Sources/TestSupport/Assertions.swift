public import Testing
public import Torch

/// Records an issue unless two tensors have the same shape and agree within absolute + relative * |expected| everywhere.
///
/// - Parameters:
///   - actual: Computed values.
///   - expected: Wanted values.
///   - relative: Tolerance relative to each expected element.
///   - absolute: Tolerance added to it.
///   - location: Line of reports; the caller's.
public func assertClose(
    _ actual: Tensor, _ expected: Tensor, relative: Double = 1e-5, absolute: Double = 1e-6,
    _ location: SourceLocation = #_sourceLocation
) {
    guard actual.shape == expected.shape else {
        Issue.record("shape \(actual.shape), expected \(expected.shape)", sourceLocation: location)
        return
    }
    guard actual.count > 0 else { return }
    let a = actual.detach().to(.cpu, .float64)
    let b = expected.detach().to(.cpu, .float64)
    let excess = ((a - b).abs() - (b.abs() * relative + absolute)).flatten()
    // NaN compares false with everything, so it is looked for on its own.
    let worst = excess.argmax(0).intItem()
    let bad = excess[worst].item()
    if bad > 0 || bad.isNaN {
        let difference = (a - b).abs().amax().item()
        Issue.record(
            """
            largest difference \(difference); at flat index \(worst): \(a.flatten()[worst].item()), \
            expected \(b.flatten()[worst].item()) (relative \(relative), absolute \(absolute))
            """, sourceLocation: location)
    }
}

/// Records an issue unless two numbers agree within absolute + relative * |expected|.
public func assertClose(
    _ actual: Double, _ expected: Double, relative: Double = 1e-5, absolute: Double = 1e-6,
    _ location: SourceLocation = #_sourceLocation
) {
    let difference = abs(actual - expected)
    if !(difference <= absolute + relative * abs(expected)) {
        Issue.record("\(actual), expected \(expected)", sourceLocation: location)
    }
}

/// Records an issue unless two tensors have the same shape, dtype and elements.
public func assertEqual(_ actual: Tensor, _ expected: Tensor, _ location: SourceLocation = #_sourceLocation) {
    guard actual.shape == expected.shape, actual.dtype == expected.dtype else {
        Issue.record(
            "\(actual.dtype)\(actual.shape), expected \(expected.dtype)\(expected.shape)", sourceLocation: location)
        return
    }
    let same = (actual .== expected).all().intItem() == 1
    if !same { Issue.record("\(actual)\nexpected\n\(expected)", sourceLocation: location) }
}

/// Runs `body` and records an issue if it leaves tensors alive: a leak of handles, or one freed twice.
public func assertNoLeaks(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) rethrows {
    let before = Machine.aliveTensorsOfThisThread
    try body()
    let after = Machine.aliveTensorsOfThisThread
    if after != before {
        Issue.record("\(after - before) tensors more than before are alive", sourceLocation: location)
    }
}
