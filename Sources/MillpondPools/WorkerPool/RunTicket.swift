/// A job whose submitter waits for its result.
// Sound: as for its superclass; the submitter looks at the result after it was resumed.
@safe
// Sound: as for its superclass; the submitter looks at the result after it was resumed.
final class RunTicket<Output: Sendable>: WorkTicket, @unchecked Sendable {
    private var work: (@Sendable () throws -> Output)?
    private(set) var result: Result<Output, any Error>?
    var continuation: UnsafeContinuation<Void, Never>?

    init(_ work: @escaping @Sendable () throws -> Output) {
        self.work = work
        unsafe continuation = nil
    }

    override func perform() -> Bool {
        // What the work refers to goes before anybody learns that it is done.
        guard let work = work.take() else { return false }
        do {
            result = .success(try work())
            return true
        } catch {
            result = .failure(error)
            return false
        }
    }

    override func finish() {
        unsafe continuation?.resume()
    }

    override func discard(_ error: any Error, isAdmitted: Bool) {
        work = nil
        result = .failure(error)
        unsafe continuation?.resume()
    }
}

/// A job whose submitter waits for room in the queue.
// Sound: as for its superclass.
@safe
// Sound: as for its superclass.
final class AdmissionTicket: WorkTicket, @unchecked Sendable {
    private let job: @Sendable () throws -> Void
    var failure: (any Error)?
    var continuation: UnsafeContinuation<Void, Never>?

    init(_ job: @escaping @Sendable () throws -> Void) {
        self.job = job
        unsafe continuation = nil
    }

    override var queued: QueuedJob { .closure(job) }

    override func wasAdmitted() {
        unsafe continuation?.resume()
    }

    override func discard(_ error: any Error, isAdmitted: Bool) {
        failure = error
        unsafe continuation?.resume()
    }
}
