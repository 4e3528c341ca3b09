import MillpondIO
import Testing

@testable import MillpondNet

@Suite(.timeLimit(.minutes(5))) struct TimerWheelTests {
    final class Entry: ReactorResource {
        let due: UInt64
        init(due: UInt64) { self.due = due }
    }

    /// A tick of the wheel in nanoseconds: how late a timer may fire.
    static let tick: UInt64 = 1 << 20

    @Test(arguments: [1, 2, 3, 4, 5])
    func firesEverythingInTimeAndNothingEarly(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var now: UInt64 = random.next() % 1_000_000_000_000
        var wheel = TimerWheel(now: now)
        var pending: [ObjectIdentifier: Entry] = [:]
        for _ in 0..<20_000 {
            switch random.next() % 4 {
            case 0, 1:
                // From microseconds to hours, evenly over the orders of magnitude.
                let delay = random.next() % (1000 << (random.next() % 35))
                let entry = Entry(due: now + delay)
                pending[ObjectIdentifier(entry)] = entry
                wheel.arm(entry, at: entry.due)
            case 2:
                if let (key, entry) = pending.first {
                    wheel.cancel(entry)
                    #expect(!entry.isTimerArmed)
                    pending[key] = nil
                }
            default:
                now += random.next() % (1000 << (random.next() % 34))
                while let fired = wheel.popDue(now: now) as? Entry {
                    #expect(fired.due <= now, "fired early")
                    #expect(pending.removeValue(forKey: ObjectIdentifier(fired)) != nil)
                }
                #expect(pending.values.allSatisfy { $0.due + Self.tick > now }, "not fired in time")
            }
            #expect(wheel.count == pending.count)
        }
        for entry in pending.values { wheel.cancel(entry) }
        #expect(wheel.count == 0)
        #expect(wheel.millisecondsUntilNext(now: now) == nil)
    }

    @Test func waitsNoLongerThanUntilTheNextTimer() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let now = random.next() % 1_000_000_000_000
            var wheel = TimerWheel(now: now)
            let entry = Entry(due: now + random.next() % (1000 << (random.next() % 36)))
            wheel.arm(entry, at: entry.due)
            var time = now
            var waits = 0
            while wheel.popDue(now: time) == nil {
                guard let wait = wheel.millisecondsUntilNext(now: time) else { break }
                time += UInt64(wait) * 1_000_000
                waits += 1
            }
            #expect(time >= entry.due)
            #expect(time - entry.due < 4 * Self.tick, "woke late")
            #expect(waits < 100 + Int((entry.due - now) / 4_000_000_000), "woke too often")
        }
    }

    @Test func rearmingMovesATimer() {
        var wheel = TimerWheel(now: 0)
        let entry = Entry(due: 0)
        wheel.arm(entry, at: 5_000_000_000)
        wheel.arm(entry, at: 10_000_000)
        #expect(wheel.count == 1)
        #expect(wheel.popDue(now: 9_000_000) == nil)
        #expect(wheel.popDue(now: 12_000_000) === entry)
        #expect(wheel.popDue(now: 20_000_000_000) == nil)
    }
}
