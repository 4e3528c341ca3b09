import Testing

@testable import MillpondHTTP

/// The calendar's arithmetic, against counting day by day.
@Suite(.timeLimit(.minutes(5))) struct CivilDateTests {
    @Test func everyDayOfEightCenturies() throws {
        var (year, month, day) = (1600, 1, 1)
        let first = try #require(CivilDate(year: year, month: month, day: day))
        #expect(first.daysSince1970 == -135_140)
        for number in first.daysSince1970..<first.daysSince1970 + 292_194 {
            let date = CivilDate(daysSince1970: number)
            guard date == CivilDate(year: year, month: month, day: day), date.daysSince1970 == number else {
                Issue.record("\(date) is not \(year)-\(month)-\(day), day \(number)")
                return
            }
            day += 1
            if CivilDate(year: year, month: month, day: day) == nil {
                (month, day) = (month + 1, 1)
                if month == 13 { (year, month) = (year + 1, 1) }
            }
        }
        #expect(year == 2400 && month == 1 && day == 1)
    }

    @Test func daysThatAreNone() {
        for (year, month, day) in [
            (1900, 2, 29), (2023, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 1, 32), (2024, 1, 0),
        ] {
            #expect(CivilDate(year: year, month: month, day: day) == nil)
        }
        #expect(CivilDate(year: 2000, month: 2, day: 29) != nil)
        #expect(CivilDate(daysSince1970: 0) == CivilDate(year: 1970, month: 1, day: 1))
    }
}
