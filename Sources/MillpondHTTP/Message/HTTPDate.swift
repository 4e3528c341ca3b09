internal import Glibc

/// The `Date` field, made once a second (RFC 9110, section 5.6.7).
struct HTTPDate {
    /// `Date: Sun, 06 Nov 1994 08:49:37 GMT` with its line end.
    static var count: Int { 37 }

    private var second: Int
    private var text = InlineArray<37, UInt8>(repeating: 0x20)

    init() {
        second = .min
    }

    /// Appends the field for now.
    mutating func append(to head: inout HeadWriter) {
        var now = timespec()
        // The coarse clock is read without a system call and is exact to a few milliseconds.
        _ = unsafe clock_gettime(CLOCK_REALTIME_COARSE, &now)
        if now.tv_sec != second { update(now.tv_sec) }
        unsafe text.span.withUnsafeBytes { unsafe head.append($0) }
    }

    /// Composes the field for a moment, without the locale.
    mutating func update(_ seconds: Int) {
        second = seconds
        let day = seconds / 86400
        let time = seconds % 86400
        let date = CivilDate(daysSince1970: day)
        put("Date: ", at: 0)
        // 1 January 1970 was a Thursday.
        letters(of: "ThuFriSatSunMonTueWed", (day % 7) * 3, at: 6)
        put(", ", at: 9)
        digits(date.day, at: 11)
        letters(of: CivilDate.monthNames, (date.month - 1) * 3, at: 14)
        digits(date.year / 100, at: 18)
        digits(date.year % 100, at: 20)
        digits(time / 3600, at: 23)
        put(":", at: 25)
        digits(time / 60 % 60, at: 26)
        put(":", at: 28)
        digits(time % 60, at: 29)
        put(" GMT\r\n", at: 31)
    }

    /// The letters of the field's value.
    var letters: [UInt8] { (6..<35).map { text[$0] } }
    /// The field's value, for tests.
    var value: String { String(decoding: letters, as: UTF8.self) }

    private mutating func put(_ literal: String, at offset: Int) {
        for (index, byte) in literal.utf8.enumerated() { text[offset + index] = byte }
    }

    private mutating func letters(of names: StaticString, _ from: Int, at offset: Int) {
        // Sound: `from` is a multiple of three below the literal's length.
        for index in 0..<3 { text[offset + index] = unsafe names.utf8Start[from + index] }
    }

    private mutating func digits(_ number: Int, at offset: Int) {
        text[offset] = UInt8(0x30 + number / 10)
        text[offset + 1] = UInt8(0x30 + number % 10)
    }
}
