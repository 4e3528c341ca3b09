internal import MillpondNet
internal import Synchronization

/// Gives guests a name of their own and a token, so many a minute to each address.
///
/// An address of IPv6 stands for its network of 64 bits, all of which one host may use.
final class GuestDesk: Sendable {
    enum Admission: Equatable {
        case admitted
        /// Seconds until asking again can help; nil when it never does.
        case refused(seconds: Int64?)
    }

    /// Whose attempts are counted together.
    private enum Key: Hashable {
        case ipv4(UInt32)
        case network(UInt64)
        case other(String)
    }

    private struct Window {
        var minute: Int64 = 0
        var counts: [Key: Int] = [:]
        /// Of addresses for which there was no room.
        var sharedCount = 0
    }

    /// Characters of the name that a guest may choose.
    private static let nameLimit = 24
    /// What all further addresses may have together, as a multiple of what one may.
    private static let sharedAddresses = 100

    private let window = Mutex(Window())
    private let perMinute: Int
    private let addressLimit: Int
    private let sharedLimit: Int

    /// - Parameter addressLimit: addresses that are counted in a minute; further ones share one budget.
    init(perMinute: Int, addressLimit: Int = 100_000) {
        self.perMinute = perMinute
        self.addressLimit = addressLimit
        sharedLimit = min(perMinute, .max / Self.sharedAddresses) * Self.sharedAddresses
    }

    /// Counts an attempt, and refuses it when the address has had its share of this minute.
    func admits(_ address: String, now: Int64) -> Admission {
        if perMinute == 0 { return .refused(seconds: nil) }
        let key = Self.key(address)
        return window.withLock { window in
            if window.minute != now / 60 { window = Window(minute: now / 60) }
            let isAdmitted: Bool
            if let count = window.counts[key] {
                isAdmitted = count < perMinute
                if isAdmitted { window.counts[key] = count + 1 }
            } else if window.counts.count < addressLimit {
                isAdmitted = true
                window.counts[key] = 1
            } else {
                isAdmitted = window.sharedCount < sharedLimit
                if isAdmitted { window.sharedCount += 1 }
            }
            return isAdmitted ? .admitted : .refused(seconds: (window.minute + 1) * 60 - now)
        }
    }

    private static func key(_ address: String) -> Key {
        switch SocketAddress(host: address, port: 0).map(ClientAddress.unmapped) {
        case .ipv4(let address, _): .ipv4(address)
        case .ipv6(let high, _, _, _): .network(high)
        default: .other(address)
        }
    }

    /// An account that is nobody's yet: the chosen name, as far as it can be one, and six letters by chance. Nil when
    /// nothing of the name can be used.
    static func account(for name: String) -> String? {
        var kept = ""
        for character in name.inNormalForm {
            if kept.unicodeScalars.count + character.unicodeScalars.count > nameLimit { break }
            if character.isLetter || character.isNumber || character == "_" {
                kept.append(character)
            } else if !kept.isEmpty, kept.last != "-" {
                kept.append("-")
            }
        }
        while kept.last == "-" { kept.removeLast() }
        if kept.isEmpty || !kept.isInNormalForm { return nil }
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
