internal import Synchronization

/// Gives guests a name of their own and a token, so many a minute to each address.
final class GuestDesk: Sendable {
    enum Admission: Equatable {
        case admitted
        /// Seconds until asking again can help; nil when it never does.
        case refused(seconds: Int64?)
    }

    private struct Window {
        var minute: Int64 = 0
        var counts: [String: Int] = [:]
    }

    /// Characters of the name that a guest may choose.
    private static let nameLimit = 24
    /// Addresses that are counted; in a minute with more, further ones are refused.
    private static let addressLimit = 100_000

    private let window = Mutex(Window())
    private let perMinute: Int

    init(perMinute: Int) { self.perMinute = perMinute }

    /// Counts an attempt, and refuses it when the address has had its share of this minute.
    func admits(_ address: String, now: Int64) -> Admission {
        if perMinute == 0 { return .refused(seconds: nil) }
        return window.withLock { window in
            if window.minute != now / 60 { window = Window(minute: now / 60) }
            let count = window.counts[address] ?? 0
            guard count < perMinute, count > 0 || window.counts.count < Self.addressLimit else {
                return .refused(seconds: (window.minute + 1) * 60 - now)
            }
            window.counts[address] = count + 1
            return .admitted
        }
    }

    /// An account that is nobody's yet: the chosen name, as far as it can be one, and six letters by chance. Nil when
    /// nothing of the name can be used.
    static func account(for name: String) -> String? {
        var kept = ""
        for character in name {
            if kept.unicodeScalars.count + character.unicodeScalars.count > nameLimit { break }
            if character.isLetter || character.isNumber || character == "_" {
                kept.append(character)
            } else if !kept.isEmpty, kept.last != "-" {
                kept.append("-")
            }
        }
        while kept.last == "-" { kept.removeLast() }
        if kept.isEmpty { return nil }
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return kept + "-" + String((0..<6).map { _ in letters[Int.random(in: 0..<letters.count)] })
    }
}

/// An answer to be sent by whatever HTTP server the chat is mounted on.
public struct ChatHTTPAnswer: Sendable, Equatable {
    public var status: Int
    public var contentType: String
    public var body: String
    /// Seconds for the `Retry-After` field, if there is to be one.
    public var retryAfterSeconds: Int64?

    init(status: Int, contentType: String, body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func json(_ status: Int, _ body: String) -> ChatHTTPAnswer {
        ChatHTTPAnswer(status: status, contentType: "application/json", body: body)
    }

    static func error(_ status: Int, _ message: String) -> ChatHTTPAnswer {
        var body = "{\"error\":"
        body.appendJSON(message)
        return json(status, body + "}")
    }
}
