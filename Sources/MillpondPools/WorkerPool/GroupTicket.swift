/// A job of a group.
// Sound: as for its superclass; the refusal is looked at by the submitter, after it was resumed.
@safe
// Sound: as for its superclass; the refusal is looked at by the submitter, after it was resumed.
final class GroupTicket<Output: Sendable>: WorkTicket, @unchecked Sendable {
    private var work: (@Sendable () throws -> Output)?
    private var result: Result<Output, any Error>?
    private let group: WorkerGroupState<Output>
    private let index: Int
    /// Resumes a submitter that waits for room.
    var admission: UnsafeContinuation<Void, Never>?
    private(set) var refusal: (any Error)?

    init(_ work: @escaping @Sendable () throws -> Output, _ group: WorkerGroupState<Output>, _ index: Int) {
        self.work = work
        self.group = group
        self.index = index
        unsafe admission = nil
    }

    override var owner: AnyObject? { group }
    override var isUnwanted: Bool { group.isCancelled }

    override func wasAdmitted() {
        unsafe admission?.resume()
    }

    override func perform() -> Bool {
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
        if let result = result.take() { group.complete(index, result) }
    }

    override func discard(_ error: any Error, isAdmitted: Bool) {
        work = nil
        if isAdmitted {
            group.completeUnrun(index, error)
        } else {
            refusal = error
            unsafe admission?.resume()
        }
    }
}
