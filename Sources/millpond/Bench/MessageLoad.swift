import MillpondNet

/// A connection under load whose requests and answers are messages: answers come in the order of the requests.
// Sound: made, used and dropped on its reactor; Sendable so that the run can keep it between its phases.
class MessageLoad: LoadConnection, MessageReceiver, @unchecked Sendable {
    final let run: LoadRun
    final let recorder: LoadRecorder
    @exclusivity(unchecked) final var link: (any MessageLink)?
    @exclusivity(unchecked) final var due = DueTimes()
    @exclusivity(unchecked) private(set) final var closeReason: String?

    init(run: LoadRun, recorder: LoadRecorder) {
        self.run = run
        self.recorder = recorder
    }

    /// Opens the connection; the caller runs on the reactor that it is to live on.
    final func connect(to address: BenchAddress) async throws {
        link = try await address.open(for: self, within: run.timeouts.connect)
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

    func linkClosed(_ reason: String) {
        if closeReason == nil { closeReason = reason }
        link = nil
    }
}

/// Sends the same binary message again and again to a server that echoes.
// Sound: as for its superclass, used on its reactor only.
final class EchoLoad: MessageLoad, @unchecked Sendable {
    private let payload: [UInt8]

    init(run: LoadRun, recorder: LoadRecorder, size: Int) {
        payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        super.init(run: run, recorder: recorder)
    }

    override func write() throws {
        try payload.withUnsafeBytes { try link?.send(RawSpan(_unsafeBytes: $0)) }
    }

    override func status(of message: RawSpan) -> Int? { message.byteCount == payload.count ? 200 : 500 }
}
