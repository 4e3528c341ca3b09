import MillpondNet

/// A connection under load whose requests and answers are messages: answers come in the order of the requests.
// Sound: made, used and dropped on its reactor; Sendable so that the run can keep it between its phases.
class MessageLoad: LoadConnection, MessageReceiver, @unchecked Sendable {
    final let run: LoadRun
    final let recorder: LoadRecorder
    @exclusivity(unchecked) final var link: (any MessageLink)?
    @exclusivity(unchecked) final var due = DueTimes()
    @exclusivity(unchecked) private(set) final var closeReason: String?
    /// Waits in `connect`.
    private final var opener: UnsafeContinuation<Void, any Error>?

    init(run: LoadRun, recorder: LoadRecorder) {
        self.run = run
        self.recorder = recorder
    }

    /// Begins to open the connection; the caller runs on the reactor that it is to live on.
    final func open(to target: LoadTarget) throws(LoadError) {
        link = try target.open(for: self)
    }

    /// Opens the connection; the calling task runs on the reactor that it is to live on.
    final func connect(to target: LoadTarget) async throws {
        // Of many that are opened side by side one has failed.
        try Task.checkCancellation()
        try open(to: target)
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
            opener = continuation
        }
    }

    final var isOpen: Bool { link?.isOpen == true }

    final func close() {
        link?.close()
        link = nil
    }

    final func sendRequest(due time: UInt64) {
        due.append(time)
        do {
            try write()
        } catch {
            if closeReason == nil { closeReason = "\(error)" }
            close()
        }
    }

    /// Sends the bytes of a request.
    func write() throws {}

    /// Whether a message is the answer to a request, and with which status.
    func status(of message: RawSpan) -> Int? { 0 }

    final func received(_ message: RawSpan) {
        guard let status = status(of: message) else { return }
        let now = LoadPlan.now
        guard let time = due.takeOldest() else { return recorder.failed("an answer that nothing asked for") }
        recorder.answered(status, nanoseconds: now - time)
        run.sendNext(on: self, now: now)
    }

    func linkOpened() {
        opener?.resume()
        opener = nil
    }

    func linkFailed(_ error: LoadError) {
        link = nil
        opener?.resume(throwing: error)
        opener = nil
    }

    func linkClosed(_ reason: String) {
        if closeReason == nil { closeReason = reason }
        link = nil
    }
}
