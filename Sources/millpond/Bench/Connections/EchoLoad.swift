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
