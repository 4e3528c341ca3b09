/// A job whose submitter waits for its result.
// Sound: as for its superclass.
final class RunTicket<Output: Sendable>: WorkTicket, @unchecked Sendable {
    private var work: TicketWork<Output>

    init(_ work: @escaping @Sendable () throws -> Output) {
        self.work = TicketWork(work)
    }

    /// What came of it, once the submitter was resumed.
    var result: Result<Output, any Error> {
        work.result ?? .failure(refusal ?? WorkerPoolError.stopped)
    }

    override func perform() -> Bool { work.perform() }

    override func finish() {
        resumeSubmitter()
    }

    override func discard(_ error: any Error, isAdmitted: Bool) {
        work.discard()
        super.discard(error, isAdmitted: isAdmitted)
    }
}
