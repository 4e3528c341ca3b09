import Foundation
import MillpondHTTP

/// What `--json` prints of a download.
struct GetReport: Encodable {
    /// Seconds. What a connection kept from before did not need is 0.
    struct Times: Encodable {
        var resolve = 0.0
        var connect = 0.0
        /// From the last request's beginning to the first byte of its answer, the connection included.
        var firstByte = 0.0
        /// Of the whole, redirects included.
        var total = 0.0
    }

    let url: String
    var finalURL: String?
    var file: String?
    var status: Int?
    /// The file's length, and how much of it was there before.
    var length: Int?
    var resumedFrom: Int?
    /// Whether the connection had been used before.
    var reused: Bool?
    var seconds = Times()
    var error: String?

    init(_ plan: GetPlan, _ download: HTTPDownload, _ dial: GetDials.Times, _ total: Duration) {
        url = plan.url.description
        finalURL = download.url.description
        file = plan.path
        status = Int(download.status.code)
        length = download.length
        resumedFrom = download.resumedFrom
        reused = download.isReused
        seconds = Times(
            resolve: dial.resolve.inSeconds, connect: dial.connect.inSeconds,
            firstByte: download.timings.firstByte.inSeconds, total: total.inSeconds)
    }

    init(_ plan: GetPlan, error: String, _ total: Duration) {
        url = plan.url.description
        self.error = error
        seconds.total = total.inSeconds
    }

    /// One line, written at once.
    func print() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(self) else { return }
        line.append(0x0A)
        FileHandle.standardOutput.write(line)
    }
}

extension Duration {
    /// To the microsecond.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000) / 1e6
    }
}
