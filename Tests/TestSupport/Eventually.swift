/// Polls until the condition holds, at most ten seconds unless told; whether it did. For what another thread does.
public func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while !condition() {
        if clock.now > end { return false }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return true
}
