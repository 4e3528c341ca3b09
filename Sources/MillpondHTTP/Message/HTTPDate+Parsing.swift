extension HTTPDate {
    /// Seconds since 1970 of a date in one of the three forms that a recipient must understand (RFC 9110, section
    /// 5.6.7); nil for anything else. The day of the week is not compared.
    static func seconds(_ text: RawSpan) -> Int? {
        var scanner = Scanner(text: text)
        // Each form begins with the day's name: three letters in the first and the last, more in the second.
        var letters = 0
        while letters < text.byteCount, ASCII.isLetter(text.octet(letters)) { letters += 1 }
        guard letters >= 3, letters < text.byteCount else { return nil }
        scanner.index = letters
        if text.octet(letters) == UInt8(ascii: ",") {
            scanner.index += 1
            return letters == 3 ? scanner.fixdate() : scanner.obsoleteDate()
        }
        return letters == 3 ? scanner.asctimeDate() : nil
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`; moments before 1970 count as its first.
    static func text(_ seconds: Int) -> [UInt8] {
        var date = HTTPDate()
        date.update(min(max(0, seconds), 253_402_300_799))
        return date.letters
    }

    private struct Scanner: ~Escapable {
        let text: RawSpan
        var index = 0

        @_lifetime(copy text)
        init(text: RawSpan) { self.text = text }

        /// ` 06 Nov 1994 08:49:37 GMT`
        mutating func fixdate() -> Int? {
            guard take(" "), let day = number(2), take(" "), let month = month(), take(" "), let year = number(4),
                take(" "), let time = time(), take(" GMT"), index == text.byteCount
            else { return nil }
            return HTTPDate.seconds(year: year, month: month, day: day, time: time)
        }

        /// ` 06-Nov-94 08:49:37 GMT`: RFC 850. Two digits mean the year that is nearest, at most 50 years ahead; the
        /// ones of this century up to 2079 do for validators.
        mutating func obsoleteDate() -> Int? {
            guard take(" "), let day = number(2), take("-"), let month = month(), take("-"), let year = number(2),
                take(" "), let time = time(), take(" GMT"), index == text.byteCount
            else { return nil }
            return HTTPDate.seconds(year: year + (year < 80 ? 2000 : 1900), month: month, day: day, time: time)
        }

        /// ` Nov  6 08:49:37 1994`
        mutating func asctimeDate() -> Int? {
            guard take(" "), let month = month(), take(" "), let day = take(" ") ? number(1) : number(2), take(" "),
                let time = time(), take(" "), let year = number(4), index == text.byteCount
            else { return nil }
            return HTTPDate.seconds(year: year, month: month, day: day, time: time)
        }

        private mutating func take(_ literal: StaticString) -> Bool {
            let count = literal.utf8CodeUnitCount
            guard text.byteCount - index >= count else { return false }
            // Sound: both have so many bytes.
            for offset in 0..<count where unsafe text.octet(index + offset) != literal.utf8Start[offset] {
                return false
            }
            index += count
            return true
        }

        private mutating func number(_ digits: Int) -> Int? {
            guard text.byteCount - index >= digits else { return nil }
            var value = 0
            for offset in 0..<digits {
                let byte = text.octet(index + offset)
                guard ASCII.isDigit(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            index += digits
            return value
        }

        private mutating func month() -> Int? {
            guard text.byteCount - index >= 3 else { return nil }
            let month = CivilDate.month(ignoringCase: false) { text.octet(index + $0) }
            if month != nil { index += 3 }
            return month
        }

        private mutating func time() -> Int? {
            guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
                hour < 24, minute < 60, second <= 60
            else { return nil }
            return hour * 3600 + minute * 60 + second
        }
    }

    /// Nil for a day that the month does not have.
    private static func seconds(year: Int, month: Int, day: Int, time: Int) -> Int? {
        CivilDate(year: year, month: month, day: day).map { $0.daysSince1970 * 86400 + time }
    }
}
