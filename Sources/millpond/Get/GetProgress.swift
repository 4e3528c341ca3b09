import Glibc
import MillpondHTTP
import MillpondPools

/// The line on the terminal that says how far the downloads are.
final class GetProgress: Sendable {
    private struct Part {
        var length = 0
        var resumedFrom = 0
        var total: Int?
        var isEnded = false
    }

    private struct State {
        var parts: [Part]
        var name = ""
        var isOnScreen = false
        var lastDrawn: ContinuousClock.Instant?
    }

    private let isShown: Bool
    private let start = ContinuousClock.now
    private let state: Guarded<State>

    init(count: Int, isShown: Bool) {
        self.isShown = isShown
        state = Guarded(State(parts: Array(repeating: Part(), count: count)))
    }

    /// Notes how far a download is; draws at most ten times a second.
    func update(_ index: Int, _ progress: HTTPDownloadProgress, name: String) {
        guard isShown else { return }
        state.withLock { state in
            state.parts[index].length = progress.length
            state.parts[index].resumedFrom = progress.resumedFrom
            state.parts[index].total = progress.total
            state.name = name.printable
            let now = ContinuousClock.now
            if let last = state.lastDrawn, last.duration(to: now) < .milliseconds(100) { return }
            state.lastDrawn = now
            draw(&state)
        }
    }

    /// Notes that a download is over, be it by failure.
    func ended(_ index: Int) {
        state.withLock { state in
            state.parts[index].isEnded = true
            if isShown, state.isOnScreen { draw(&state) }
        }
    }

    /// Says something in a line of its own: the text, and a line end.
    func say(_ text: String) {
        state.withLock { state in
            Console.error((state.isOnScreen ? "\r\u{1B}[K" : "") + text.printable + "\n")
            if state.isOnScreen { draw(&state) }
        }
    }

    /// Leaves the last line where it is.
    func finish() {
        state.withLock { state in
            guard state.isOnScreen else { return }
            draw(&state)
            Console.error("\n")
            state.isOnScreen = false
        }
    }

    private func draw(_ state: inout State) {
        state.isOnScreen = true
        let length = state.parts.reduce(0) { $0 + $1.length }
        let received = length - state.parts.reduce(0) { $0 + $1.resumedFrom }
        // The sum is known once every download has said its own.
        let total = Self.sum(state.parts.map(\.total))
        let label =
            state.parts.count == 1
            ? state.name : "\(state.parts.count { $0.isEnded })/\(state.parts.count)"
        Console.error(
            "\r"
                + Self.line(
                    label: label, length: length, total: total, received: received,
                    seconds: start.duration(to: .now).inSeconds)
                + "\u{1B}[K")
    }

    /// The sum; nil when a part is unknown, or more than a number holds: servers say what they like.
    static func sum(_ totals: [Int?]) -> Int? {
        var sum = 0
        for total in totals {
            guard let total else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(total)
            if overflow { return nil }
            sum = next
        }
        return sum
    }

    /// `name  45% ██████░░░░░░░░  12.3 MiB of 27.1 MiB, 8.1 MiB/s, 2 s left`
    static func line(label: String, length: Int, total: Int?, received: Int, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(received) / seconds : 0
        let name = label.count > 30 ? "…" + label.suffix(29) : label
        guard let total, total > 0 else { return "\(name)  \(size(Double(length))), \(size(rate))/s" }
        let share = min(1, Double(length) / Double(total))
        let width = 20
        let filled = Int(share * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let left = rate > 0 && length < total ? ", \(time(Double(total - length) / rate)) left" : ""
        let amount = "\(size(Double(length))) of \(size(Double(total)))"
        return "\(name)  \(Int(share * 100))% \(bar) \(amount), \(size(rate))/s\(left)"
    }

    private static func size(_ bytes: Double) -> String {
        var value = bytes
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1000 { return unit == "B" ? "\(Int(value)) B" : "\((value * 10).rounded() / 10) \(unit)" }
            value /= 1024
        }
        return "\((value * 10).rounded() / 10) TiB"
    }

    private static func time(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 1e9))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
