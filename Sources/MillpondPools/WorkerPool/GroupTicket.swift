/// A job of a group.
// Sound: as for its superclass.
final class GroupTicket<Output: Sendable>: WorkTicket, @unchecked Sendable {
    private var work: TicketWork<Output>
    private let group: WorkerGroupState<Output>
    private let index: Int

    init(_ work: @escaping @Sendable () throws -> Output, _ group: WorkerGroupState<Output>, _ index: Int) {
        self.work = TicketWork(work)
        self.group = group
        self.index = index
    }

    override var owner: AnyObject? { group }
    override var isUnwanted: Bool { group.isCancelled }

    override func wasAdmitted() {
        resumeSubmitter()
    }

    override func perform() -> Bool { work.perform() }

    override func finish() {
        if let result = work.result.take() { group.complete(index, result) }
    }

    override func discard(_ error: any Error, isAdmitted: Bool) {
        work.discard()
        if isAdmitted {
            group.completeUnrun(index, error)
        } else {
            super.discard(error, isAdmitted: false)
        }
    }
}
