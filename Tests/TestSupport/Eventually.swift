/// Polls until the condition holds, at most ten seconds; whether it did. For what another thread does.
public func eventually(_ condition: () -> Bool) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(10)
    while !condition() {
        if clock.now > end { return false }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return true
}
