/// The `Retry-After` field (RFC 9110, section 10.2.3).
public enum RetryAfter {
    /// How long to wait: seconds, or the time until a date, zero when it has passed. Nil when the value is neither.
    ///
    /// - Parameters:
    ///   - value: the field's value.
    ///   - now: seconds since 1970.
    public static func parse(_ value: String, now: Int = CookieJar.now) -> Duration? {
        let text = value.utf8.drop(while: ASCII.isBlank)
        if let first = text.first, ASCII.isDigit(first) {
            let digits = text.prefix(while: ASCII.isDigit)
            guard text.dropFirst(digits.count).allSatisfy(ASCII.isBlank) else { return nil }
            // More than a number holds is for ever; a duration of this length can still be added to a time.
            return .seconds(min(Int(Substring(digits)) ?? .max, 1 << 32))
        }
        guard let date = CookieDate.parse(value) else { return nil }
        return .seconds(max(0, date - now))
    }
}
