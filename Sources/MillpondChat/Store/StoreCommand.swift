internal import GRDB
internal import MillpondNet
internal import Synchronization

/// One piece of work for the store's writer: part of a batch that is committed as a whole.
///
/// It is made on a reactor, executed on the writer's thread, and comes back to the reactor; only one of them has it at
/// any time.
// Sound: handed over through a queue and a mailbox, which order the accesses.
class StoreCommand: @unchecked Sendable {
    /// Where `completed` is called; nil for the writer's own thread.
    let reactor: Reactor?
    /// Why nothing was stored; nil after a commit.
    final var failure: StoreError?

    init(reactor: Reactor?) {
        self.reactor = reactor
    }

    /// Writes, within the batch's transaction.
    func execute(_ writer: StoreWriter, _ database: Database) throws {}

    /// The commit has succeeded. On the writer's thread, in order, before anyone else learns of it.
    func committed() {}

    /// The outcome is certain.
    func completed() {}
}

/// A command whose submitter waits for it.
// Sound: as for its superclass.
@safe
final class AwaitedCommand<Result: Sendable>: StoreCommand, @unchecked Sendable {
    private let body: (StoreWriter, Database) throws -> Result
    private let onCommit: (Result) -> Void
    private var result: Result?
    /// Orders what the writer did before what the submitter reads. The runtime does so as well, in a library where
    /// ThreadSanitizer does not see it.
    private let isCompleted = Atomic<Bool>(false)
    @safe var continuation: UnsafeContinuation<Void, Never>?

    init(
        reactor: Reactor?, onCommit: @escaping (Result) -> Void,
        _ body: @escaping (StoreWriter, Database) throws -> Result
    ) {
        self.body = body
        self.onCommit = onCommit
        super.init(reactor: reactor)
    }

    override func execute(_ writer: StoreWriter, _ database: Database) throws {
        result = try body(writer, database)
    }

    override func committed() {
        if let result { onCommit(result) }
    }

    override func completed() {
        isCompleted.store(true, ordering: .releasing)
        unsafe continuation?.resume()
    }

    /// What came of it. For the submitter, once it was resumed.
    func outcome() throws(StoreError) -> Result {
        if isCompleted.load(ordering: .acquiring), let result, failure == nil { return result }
        throw failure ?? StoreError(.database, "a command without result")
    }
}
