import Foundation
import MillpondIO
import Synchronization
import Testing

@testable import MillpondHTTP

/// The table of buckets by itself, and the layer over a socket, by a clock of their own.
@Suite(.timeLimit(.minutes(2)))
struct RateLimitTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func bucketsEmptyAndFill() {
        let table = RateTable(rate: 2, burst: 3, limit: 100)
        let start = 1000 * Self.second
        for _ in 0..<3 { #expect(table.take(1, now: start) == nil) }
        #expect(table.take(1, now: start) == Self.second / 2)
        #expect(table.take(2, now: start) == nil)
        #expect(table.take(1, now: start + Self.second / 2 - 1) == 1)
        #expect(table.take(1, now: start + Self.second / 2) == nil)
        #expect(table.take(1, now: start + Self.second / 2) == Self.second / 2)
        // Full again, and no fuller.
        let later = start + 100 * Self.second
        for _ in 0..<3 { #expect(table.take(1, now: later) == nil) }
        #expect(table.take(1, now: later) != nil)
    }

    /// Against a bucket that is counted drop by drop.
    @Test func asABucketOfTokensDoes() {
        var generator = SeededGenerator(seed: 11)
        for round in 0..<50 {
            let (rate, burst) = (Double(generator.next() % 9 + 1), Int(generator.next() % 7 + 1))
            let table = RateTable(rate: rate, burst: burst, limit: 10)
            var now = Self.second * 1000
            var tokens = Double(burst)
            for _ in 0..<200 {
                let step = generator.next() % (Self.second / 2)
                now += step
                tokens = min(Double(burst), tokens + Double(step) / 1e9 * rate)
                // Not where rounding decides.
                guard abs(tokens - 1) > 1e-5 else { continue }
                let isTaken = table.take(7, now: now) == nil
                #expect(isTaken == (tokens >= 1), "round \(round)")
                if isTaken { tokens -= 1 }
            }
        }
    }

    @Test func theTableIsBounded() {
        let table = RateTable(rate: 1, burst: 2, limit: 64)
        let now = 1000 * Self.second
        // One that is limited hard, among many that come once.
        for _ in 0..<2 { #expect(table.take(1, now: now) == nil) }
        #expect(table.take(1, now: now) != nil)
        for key in 2..<10_000 { #expect(table.take(key &* 0x9E37_79B9, now: now) == nil) }
        #expect(table.take(1, now: now) != nil, "forgotten in favour of those who asked once")
    }

    @Test func theLayer() async throws {
        let time = Time()
        let layer = HTTPRateLimit(rate: 0.5, burst: 2, by: .field("X-Client"), limit: 100, now: { time.now })
        let server = try HandlerServer(
            HTTPServer.handler(through: layer) { _, response in try await response.send("ok") })
        let ask = { (client: String) in try server.ask("/", ["X-Client: \(client)"]) }
        try #expect(ask("a").status == 200 && ask("a").status == 200)
        let refused = try ask("a")
        #expect(refused.status == 429 && refused["Retry-After"] == "2")
        try #expect(ask("b").status == 200)
        time.add(2)
        try #expect(ask("a").status == 200 && ask("a").status == 429)
        await server.stop()
    }

    @Test func byAddressAndByFunction() async throws {
        let time = Time()
        for key in [
            HTTPRateLimit.Key.address,
            .custom { request, hasher in
                if request.field("X-Free") != nil { return false }
                hasher.combine(1)
                return true
            },
        ] {
            let layer = HTTPRateLimit(rate: 1, burst: 1, by: key, limit: 100, now: { time.now })
            let server = try HandlerServer(
                HTTPServer.handler(through: layer) { _, response in try await response.send("ok") })
            try #expect(server.ask("/").status == 200 && server.ask("/").status == 429)
            if case .custom = key.kind { try #expect(server.ask("/", ["X-Free: 1"]).status == 200) }
            await server.stop()
        }
    }

    /// Only what the server's own proxies have added counts.
    @Test func byForwardedAddress() async throws {
        let time = Time()
        let rows: [(Int, [String], [String], isSame: Bool)] = [
            (1, ["X-Forwarded-For: 6.6.6.6, 1.2.3.4"], ["X-Forwarded-For: 7.7.7.7, 1.2.3.4"], true),
            (1, ["X-Forwarded-For: 1.2.3.4, 6.6.6.6"], ["X-Forwarded-For: 1.2.3.4, 7.7.7.7"], false),
            (1, ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 1.2.3.4"], ["X-Forwarded-For: 1.2.3.4"], true),
            (2, ["X-Forwarded-For: 1.2.3.4, 6.6.6.6"], ["X-Forwarded-For: 1.2.3.4, 7.7.7.7"], true),
            (
                2, ["X-Forwarded-For: 5.5.5.5,1.2.3.4", "X-Forwarded-For: 6.6.6.6"],
                ["X-Forwarded-For: 1.2.3.4,9.9.9.9"], true
            ),
            (2, ["X-Forwarded-For: 1.2.3.4, 6.6.6.6"], ["X-Forwarded-For: 2.2.3.4, 6.6.6.6"], false),
            // Too short, none, or no address: by the connection's.
            (2, ["X-Forwarded-For: 1.2.3.4"], ["X-Forwarded-For: 2.2.3.4"], true),
            (1, [], ["X-Forwarded-For: unknown"], true), (1, [], ["X-Forwarded-For: , ,"], true),
            // One IPv6 client has 64 bits to itself.
            (1, ["X-Forwarded-For: 2001:db8::1"], ["X-Forwarded-For: 2001:db8::2:2"], true),
            (1, ["X-Forwarded-For: 2001:db8::1"], ["X-Forwarded-For: 2001:db8:0:1::1"], false),
        ]
        for (place, first, second, isSame) in rows {
            let layer = HTTPRateLimit(
                rate: 1, burst: 1, by: .forwarded(fromEnd: place), limit: 1000, now: { time.now })
            let server = try HandlerServer(
                HTTPServer.handler(through: layer) { _, response in try await response.send("ok") })
            try #expect(server.ask("/", first).status == 200)
            try #expect(server.ask("/", second).status == (isSame ? 429 : 200), "\(first) \(second)")
            await server.stop()
        }
    }

    private final class Time: Sendable {
        private let nanoseconds = Mutex<UInt64>(1_000_000_000_000)

        var now: UInt64 { nanoseconds.withLock { $0 } }
        func add(_ seconds: UInt64) { nanoseconds.withLock { $0 += seconds * 1_000_000_000 } }
    }
}
