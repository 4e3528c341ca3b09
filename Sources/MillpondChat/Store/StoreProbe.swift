internal import CMillpond
internal import GRDB
internal import MillpondNet
internal import Synchronization

/// A command that finds out whether the writer still stores: by the fate of the others in its batch, or by a write of
/// its own where it is alone.
// Sound: as for its superclass; the outcome is under a lock.
final class StoreProbe: StoreCommand, @unchecked Sendable {
    private let outcome = Mutex<Result<Void, StoreError>?>(nil)

    init() { super.init(reactor: nil) }

    /// Nil while the writer has not come to it.
    var result: Result<Void, StoreError>? { outcome.withLock { $0 } }

    override func execute(_ writer: StoreWriter, _ database: Database) throws {
        // What it writes must never be why somebody's message is not stored.
        guard writer.hasOnlyProbes else { return }
        // A page of its own, and gone with the same commit: a full disk fails this like a message.
        try database.execute(sql: "INSERT OR REPLACE INTO facts VALUES ('probe', zeroblob(8192))")
        try database.execute(sql: "DELETE FROM facts WHERE name = 'probe'")
    }

    override func completed() {
        let result: Result<Void, StoreError> = failure.map { .failure($0) } ?? .success(())
        outcome.withLock { $0 = result }
    }
}

/// Asks the writer how it is: one question at a time however many want to know, and at most one write a second while
/// all is well.
final class StoreHealth: Sendable {
    private struct State {
        var asked: StoreProbe?
        /// When the last success came, in monotonic nanoseconds.
        var wellAt: UInt64?
    }

    private static let freshNanoseconds: UInt64 = 1_000_000_000

    private let store: ChatStore
    private let state = Mutex(State())

    init(_ store: ChatStore) { self.store = store }

    /// Why nothing can be stored; nil when all is well. Polls on the reactor that it is called on.
    func problem(within timeout: Duration, on reactor: Reactor) async -> String? {
        let clock = ContinuousClock()
        let end = clock.now + timeout
        let probe: StoreProbe
        do throws(StoreError) {
            guard let asked = try ask() else { return nil }
            probe = asked
        } catch {
            return error.description
        }
        // Short at first, since an answer mostly comes within a commit; then seldom, since many may be asking.
        var pause = Duration.milliseconds(1)
        while clock.now < end {
            if let result = probe.result { return conclude(probe, result) }
            guard (try? await reactor.sleep(for: min(pause, end - clock.now))) != nil else { break }
            pause = min(pause * 2, .milliseconds(50))
        }
        if let result = probe.result { return conclude(probe, result) }
        return "the store's writer has not answered within \(timeout)"
    }

    /// The question that is under way, or a new one. Nil when the last answer is fresh.
    private func ask() throws(StoreError) -> StoreProbe? {
        try state.withLock { state throws(StoreError) in
            // One that was answered when nobody waited any more tells of the past.
            if let asked = state.asked, asked.result == nil { return asked }
            if let wellAt = state.wellAt, mp_monotonic_nanoseconds() &- wellAt < Self.freshNanoseconds { return nil }
            let probe = StoreProbe()
            try store.submit(probe)
            state.asked = probe
            return probe
        }
    }

    private func conclude(_ probe: StoreProbe, _ result: Result<Void, StoreError>) -> String? {
        state.withLock { state in
            guard state.asked === probe else { return }
            state.asked = nil
            if case .success = result { state.wellAt = mp_monotonic_nanoseconds() } else { state.wellAt = nil }
        }
        if case .failure(let error) = result { return error.description }
        return nil
    }
}
