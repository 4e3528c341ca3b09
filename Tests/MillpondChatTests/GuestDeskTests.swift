import Testing

@testable import MillpondChat

struct GuestDeskTests {
    @Test func anIPv6NetworkIsOneAddress() {
        let desk = GuestDesk(perMinute: 2)
        #expect(desk.admits("2001:db8:0:1::1", now: 60) == .admitted)
        #expect(desk.admits("2001:db8:0:1:ffff::2", now: 60) == .admitted)
        #expect(desk.admits("2001:db8:0:1::3", now: 70) == .refused(seconds: 50))
        #expect(desk.admits("2001:db8:0:2::1", now: 70) == .admitted)
    }

    @Test func ipv4AddressesAreCountedOneByOne() {
        let desk = GuestDesk(perMinute: 1)
        #expect(desk.admits("192.0.2.1", now: 60) == .admitted)
        #expect(desk.admits("::ffff:192.0.2.2", now: 60) == .admitted)
        #expect(desk.admits("::ffff:192.0.2.1", now: 60) == .refused(seconds: 60))
        #expect(desk.admits("192.0.2.2", now: 60) == .refused(seconds: 60))
        #expect(desk.admits("unknown", now: 60) == .admitted)
        #expect(desk.admits("unknown", now: 119) == .refused(seconds: 1))
        #expect(desk.admits("unknown", now: 120) == .admitted)
    }

    @Test func whenTheTableIsFullTheOthersShareABudget() {
        let desk = GuestDesk(perMinute: 3, addressLimit: 2)
        #expect(desk.admits("192.0.2.1", now: 60) == .admitted)
        #expect(desk.admits("192.0.2.2", now: 60) == .admitted)
        var admitted = 0
        for number in 0..<1000 where desk.admits("198.51.\(number / 250).\(number % 250)", now: 60) == .admitted {
            admitted += 1
        }
        #expect(admitted == 300)
        // Those that are counted keep their own.
        #expect(desk.admits("192.0.2.1", now: 60) == .admitted)
        #expect(desk.admits("192.0.2.1", now: 60) == .admitted)
        #expect(desk.admits("192.0.2.1", now: 60) == .refused(seconds: 60))
        #expect(desk.admits("203.0.113.1", now: 120) == .admitted)
    }

    @Test func namesAreInNormalForm() throws {
        let account = try #require(GuestDesk.account(for: "Rene\u{301} \u{212B}ngstro\u{308}m"))
        #expect(Array(account.utf8).starts(with: "Ren\u{E9}-\u{C5}ngstr\u{F6}m-".utf8))
        #expect(account.isInNormalForm)
    }

    @Test func noGuestsAtAll() {
        #expect(GuestDesk(perMinute: 0).admits("192.0.2.1", now: 60) == .refused(seconds: nil))
        #expect(GuestDesk(perMinute: .max, addressLimit: 0).admits("192.0.2.1", now: 60) == .admitted)
    }
}
