internal import Synchronization

/// Figures of one reactor, written by its thread and readable from any, without locks.
final class ReactorCounters: Sendable {
    private let turns = Atomic<UInt64>(0)
    private let busyNanoseconds = Atomic<UInt64>(0)
    private let longestTurn = Atomic<UInt64>(0)
    let queuedBytes = Atomic<Int>(0)
    let channels = Atomic<Int>(0)

    /// The reactor's thread only: plain loads and stores suffice where there is one writer.
    func turnEnded(started: UInt64, ended: UInt64) {
        let elapsed = ended &- started
        turns.store(turns.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        busyNanoseconds.store(busyNanoseconds.load(ordering: .relaxed) &+ elapsed, ordering: .relaxed)
        if elapsed > longestTurn.load(ordering: .relaxed) { longestTurn.store(elapsed, ordering: .relaxed) }
    }

    func add(queuedBytes delta: Int) {
        queuedBytes.store(queuedBytes.load(ordering: .relaxed) &+ delta, ordering: .relaxed)
    }

    func add(channels delta: Int) {
        channels.store(channels.load(ordering: .relaxed) &+ delta, ordering: .relaxed)
    }

    var snapshot: ReactorStatistics {
        ReactorStatistics(
            turns: turns.load(ordering: .relaxed), busyNanoseconds: busyNanoseconds.load(ordering: .relaxed),
            longestTurnNanoseconds: longestTurn.load(ordering: .relaxed),
            queuedBytes: queuedBytes.load(ordering: .relaxed), connections: channels.load(ordering: .relaxed))
    }
}

/// What a reactor has done so far.
public struct ReactorStatistics: Sendable {
    /// Turns of the loop.
    public let turns: UInt64
    /// Time spent in turns, waits excluded.
    public let busyNanoseconds: UInt64
    /// The longest turn: what a blocking call on the reactor shows up in.
    public let longestTurnNanoseconds: UInt64
    /// Bytes queued in outboxes that the kernel has not taken yet.
    public let queuedBytes: Int
    /// Connections open now.
    public let connections: Int
}

extension Reactor {
    /// Any thread.
    public var statistics: ReactorStatistics { counters.snapshot }
}
