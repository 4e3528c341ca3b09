import MillpondNet
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

    @Test(arguments: [
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"), ("10.0.0.1", "198.51.100.1,\t 203.0.113.7 ", "203.0.113.7"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"), ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        // Nothing that an address is in, or not from the proxy.
        ("10.0.0.1", nil, "10.0.0.1"), ("10.0.0.1", "", "10.0.0.1"), ("10.0.0.1", "203.0.113.7,", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, unknown", "10.0.0.1"), ("10.0.0.2", "203.0.113.7", "10.0.0.2"),
        ("unknown", "203.0.113.7", "unknown"),
    ])
    func onlyTheProxyTellsAddresses(_ peer: String, _ forwardedFor: String?, _ address: String) {
        let proxy = SocketAddress(host: "10.0.0.1", port: 99)
        #expect(ClientAddress.of(peer: peer, forwardedFor: forwardedFor, trustedProxy: proxy) == address)
        #expect(ClientAddress.of(peer: peer, forwardedFor: forwardedFor, trustedProxy: nil) == peer)
    }

    @Test func aProxyOfIPv6IsOneAddress() {
        let proxy = SocketAddress(host: "2001:db8::1", port: 0)
        #expect(ClientAddress.of(peer: "2001:db8::1", forwardedFor: "192.0.2.1", trustedProxy: proxy) == "192.0.2.1")
        #expect(ClientAddress.of(peer: "2001:db8::2", forwardedFor: "192.0.2.1", trustedProxy: proxy) == "2001:db8::2")
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
