internal import MillpondIO

/// Attempts to connect to several addresses, of which the first to succeed wins (RFC 8305, section 5).
///
///     attempt 1 ├──────────────────╳ closed
///     attempt 2      ├────✗ refused
///     attempt 3           ├──────▶ connected
///               0    delay
///
/// Each attempt is a child task; when the race ends, all have ended, and at most one of their connections is open.
// Sound: the children's tasks run on the reactor of their parent, so that everything here is used on one thread.
final class ConnectionRace: @unchecked Sendable {
    private enum Event: Sendable {
        case attemptEnded
        /// The attempt has run for so long that another may join it.
        case delayPassed(attempt: Int)
    }

    private let addresses: [SocketAddress]
    private let reactor: Reactor
    private let end: ContinuousClock.Instant
    private let delay: Duration
    private let options: ChannelOptions
    private var winner: Channel?
    private var failure: any Error = IOError.timedOut
    private var startedCount = 0

    init(
        _ addresses: [SocketAddress], reactor: Reactor, timeout: Duration, delay: Duration, options: ChannelOptions
    ) {
        self.addresses = Self.interleaved(addresses)
        self.reactor = reactor
        end = ContinuousClock.now + timeout
        self.delay = delay
        self.options = options
    }

    /// Runs the race to its end.
    ///
    /// - Throws: the last attempt's error, or `CancellationError`.
    func run() async throws -> Channel {
        await withTaskGroup(of: Event.self) { group in
            startNext(&group)
            var running = 1
            while running > 0, let event = await group.next() {
                switch event {
                case .attemptEnded:
                    running -= 1
                    if winner != nil || Task.isCancelled {
                        group.cancelAll()
                    } else if startNext(&group) {
                        running += 1
                    }
                case .delayPassed(let attempt):
                    // That of an earlier attempt: its successor runs already.
                    guard attempt == startedCount, winner == nil, !Task.isCancelled else { continue }
                    if startNext(&group) { running += 1 }
                }
            }
            // What is left are delays.
            group.cancelAll()
        }
        if let winner { return winner }
        try Task.checkCancellation()
        throw failure
    }

    /// Begins the next attempt; false when there is none.
    @discardableResult
    private func startNext(_ group: inout TaskGroup<Event>) -> Bool {
        guard startedCount < addresses.count else { return false }
        let address = addresses[startedCount]
        startedCount += 1
        let number = startedCount
        group.addTask { await self.attempt(address) }
        if number < addresses.count { group.addTask { await self.wait(number) } }
        return true
    }

    private func attempt(_ address: SocketAddress) async -> Event {
        do {
            let left = ContinuousClock.now.duration(to: end)
            if left <= .zero { throw IOError.timedOut }
            let channel = try await Channel.connect(to: address, timeout: left, options: options)
            // Two may succeed in the same turn.
            if winner == nil { winner = channel } else { channel.close() }
        } catch {
            if !(error is CancellationError) { failure = error }
        }
        return .attemptEnded
    }

    private func wait(_ attempt: Int) async -> Event {
        // Cut short only when the race is over.
        try? await reactor.sleep(for: delay)
        return .delayPassed(attempt: attempt)
    }

    /// The families take turns, the first address's first; within a family the order stays (RFC 8305, section 4).
    static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
        guard let first = addresses.first else { return [] }
        let preferred = addresses.filter { $0.family == first.family }
        let others = addresses.filter { $0.family != first.family }
        var result: [SocketAddress] = []
        for index in 0..<max(preferred.count, others.count) {
            if index < preferred.count { result.append(preferred[index]) }
            if index < others.count { result.append(others[index]) }
        }
        return result
    }
}
