/// A hierarchical timing wheel (Varghese and Lauck, 1987): arm and cancel are O(1), whatever the number of timers.
///
/// Four levels of 64 slots and ticks of 1 048 576 ns: the first level holds what is due within 67 ms, the last what is
/// due within 4.9 hours; later times wait in the last level and are sorted in again. A timer fires up to one tick late,
/// never early. An entry must be cancelled before it goes away: the wheel does not retain it.
@safe
struct TimerWheel: ~Copyable {
    private static let tickShift: UInt64 = 20
    private static let levelBits = 6
    private static let slotsPerLevel = 64
    private static let levels = 4

    private let slots: UnsafeMutablePointer<Unmanaged<ReactorResource>?>
    /// One bit for each slot that holds something.
    private var occupied: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// The last tick that was handled.
    private var current: UInt64
    private(set) var count = 0

    init(now: UInt64) {
        current = now >> Self.tickShift
        let total = Self.slotsPerLevel * Self.levels
        unsafe slots = .allocate(capacity: total)
        unsafe slots.initialize(repeating: nil, count: total)
    }

    deinit {
        unsafe slots.deallocate()
    }

    /// Arms an entry for a monotonic time in nanoseconds; one that is armed already moves.
    mutating func arm(_ entry: ReactorResource, at deadline: UInt64) {
        cancel(entry)
        // Rounded up, so that nothing fires early.
        let (rounded, overflow) = deadline.addingReportingOverflow((1 << Self.tickShift) - 1)
        entry.dueTick = max((overflow ? deadline : rounded) >> Self.tickShift, current + 1)
        link(entry)
        count += 1
    }

    mutating func cancel(_ entry: ReactorResource) {
        guard entry.isTimerArmed else { return }
        unlink(entry)
        count -= 1
    }

    /// Milliseconds until the next entry may be due, for the selector's time-out; nil when there is none.
    func millisecondsUntilNext(now: UInt64) -> Int32? {
        guard count > 0 else { return nil }
        let nowTick = now >> Self.tickShift
        var wait = UInt64.max
        for level in 0..<Self.levels {
            let mask = bits(level)
            if mask == 0 { continue }
            let shift = UInt64(level * Self.levelBits)
            let position = (current >> shift) & 63
            // Distance in slots of this level to the next occupied one, 1 to 64: the word rotated to start behind us.
            let turn = (position + 1) & 63
            let rotated = turn == 0 ? mask : (mask &>> turn) | (mask &<< (64 - turn))
            let distance = UInt64(rotated.trailingZeroBitCount) + 1
            // The tick at which that slot is reached (and, on higher levels, sorted into lower ones).
            let tick = ((current >> shift) + distance) << shift
            wait = min(wait, tick > nowTick ? tick - nowTick : 0)
        }
        // A tick is 1.05 ms: rounding up a millisecond keeps the wake-up from coming just before the tick.
        let milliseconds = (wait << Self.tickShift) / 1_000_000 + 1
        return Int32(min(milliseconds, 60_000))
    }

    /// Everything that is armed, in no order.
    func entries() -> [ReactorResource] {
        var entries: [ReactorResource] = []
        for index in 0..<Self.slotsPerLevel * Self.levels {
            var entry = unsafe slots[index]?.takeUnretainedValue()
            while let next = entry {
                entries.append(next)
                entry = next.nextTimer
            }
        }
        return entries
    }

    /// Removes and returns an entry that is due, or nil when none is left. The caller fires it, and may arm or cancel
    /// entries, that one included, before it asks again.
    mutating func popDue(now: UInt64) -> ReactorResource? {
        let target = now >> Self.tickShift
        while true {
            if let entry = unsafe slots[Int(current & 63)]?.takeUnretainedValue() {
                cancel(entry)
                return entry
            }
            if count == 0 { current = max(current, target) }
            if current >= target { return nil }
            // Nothing on the first level: go to where the next level is sorted in.
            if occupied.0 == 0, current | 63 < target { current |= 63 }
            current += 1
            var level = 1
            while level < Self.levels, current & ((1 << UInt64(level * Self.levelBits)) - 1) == 0 {
                cascade(level)
                level += 1
            }
        }
    }

    /// Sorts the entries of a higher level's current slot into the levels below.
    private mutating func cascade(_ level: Int) {
        let index = level * Self.slotsPerLevel + Int((current >> UInt64(level * Self.levelBits)) & 63)
        var entry = unsafe slots[index]?.takeUnretainedValue()
        unsafe slots[index] = nil
        setBit(index, false)
        while let moved = entry {
            entry = moved.nextTimer
            link(moved)
        }
    }

    private mutating func link(_ entry: ReactorResource) {
        let delta = entry.dueTick > current ? entry.dueTick - current : 0
        var level = 0
        while level < Self.levels - 1, delta >= 1 << UInt64((level + 1) * Self.levelBits) { level += 1 }
        let horizon = UInt64(1) << UInt64(Self.levels * Self.levelBits)
        let tick = delta >= horizon ? current + horizon - 1 : entry.dueTick
        let index = level * Self.slotsPerLevel + Int((tick >> UInt64(level * Self.levelBits)) & 63)
        let first = unsafe slots[index]?.takeUnretainedValue()
        entry.nextTimer = first
        entry.previousTimer = nil
        first?.previousTimer = entry
        unsafe slots[index] = Unmanaged.passUnretained(entry)
        entry.timerSlot = Int16(index)
        setBit(index, true)
    }

    private mutating func unlink(_ entry: ReactorResource) {
        let index = Int(entry.timerSlot)
        let next = entry.nextTimer
        if let previous = entry.previousTimer {
            previous.nextTimer = next
        } else if let next {
            unsafe slots[index] = Unmanaged.passUnretained(next)
        } else {
            unsafe slots[index] = nil
            setBit(index, false)
        }
        next?.previousTimer = entry.previousTimer
        entry.nextTimer = nil
        entry.previousTimer = nil
        entry.timerSlot = -1
    }

    private func bits(_ level: Int) -> UInt64 {
        switch level {
        case 0: occupied.0
        case 1: occupied.1
        case 2: occupied.2
        default: occupied.3
        }
    }

    private mutating func setBit(_ index: Int, _ value: Bool) {
        let bit = UInt64(1) << UInt64(index & 63)
        func apply(_ word: inout UInt64) { word = value ? word | bit : word & ~bit }
        switch index / Self.slotsPerLevel {
        case 0: apply(&occupied.0)
        case 1: apply(&occupied.1)
        case 2: apply(&occupied.2)
        default: apply(&occupied.3)
        }
    }
}
