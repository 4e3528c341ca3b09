/// What a ticket is to do, and what comes of it.
struct TicketWork<Output: Sendable> {
    private var body: (@Sendable () throws -> Output)?
    var result: Result<Output, any Error>?

    init(_ body: @escaping @Sendable () throws -> Output) {
        self.body = body
    }

    /// Does the work and keeps the result; false if it threw. What it refers to goes before anybody learns that it is
    /// done.
    mutating func perform() -> Bool {
        guard let body = body.take() else { return false }
        do {
            result = .success(try body())
            return true
        } catch {
            result = .failure(error)
            return false
        }
    }

    /// Lets go of the work undone.
    mutating func discard() {
        body = nil
    }
}
