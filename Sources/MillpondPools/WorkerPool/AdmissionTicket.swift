/// A job whose submitter waits for room in the queue.
// Sound: as for its superclass.
final class AdmissionTicket: WorkTicket, @unchecked Sendable {
    private let job: @Sendable () throws -> Void

    init(_ job: @escaping @Sendable () throws -> Void) {
        self.job = job
    }

    override var queued: QueuedJob { .closure(job) }

    override func wasAdmitted() {
        resumeSubmitter()
    }
}
