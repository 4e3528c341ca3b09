/// A day of the Gregorian calendar, and the way between it and days since 1970 by arithmetic alone (Hinnant,
/// "chrono-compatible low-level date algorithms").
struct CivilDate: Equatable {
    let year: Int
    /// From 1 to 12.
    let month: Int
    /// From 1 to 31.
    let day: Int

    /// Nil for a day that the month does not have.
    ///
    /// - Precondition: `month` is from 1 to 12.
    init?(year: Int, month: Int, day: Int) {
        guard day >= 1, day <= Self.days(in: month, of: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Counted from March, so that a leap day is the last of its year.
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// The names of the months, three letters each.
    static var monthNames: StaticString { "JanFebMarAprMayJunJulAugSepOctNovDec" }

    /// The month, from 1, whose name three letters are; nil for others.
    ///
    /// - Parameter letter: the letter at a place from 0 to 2.
    static func month(ignoringCase: Bool, _ letter: (Int) -> UInt8) -> Int? {
        let names = monthNames
        for month in 0..<12 {
            let matches = (0..<3).allSatisfy { place in
                // Sound: the literal has 36 letters.
                let expected = unsafe names.utf8Start[month * 3 + place]
                let found = letter(place)
                return ignoringCase ? ASCII.lowercased(found) == ASCII.lowercased(expected) : found == expected
            }
            if matches { return month + 1 }
        }
        return nil
    }
}
