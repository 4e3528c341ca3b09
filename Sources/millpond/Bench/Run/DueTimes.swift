/// When the requests without an answer were due, oldest first.
struct DueTimes {
    private var times: [UInt64] = []
    private var head = 0

    var count: Int { times.count - head }
    var oldest: UInt64? { head < times.count ? times[head] : nil }

    mutating func append(_ time: UInt64) { times.append(time) }

    mutating func takeOldest() -> UInt64? {
        guard head < times.count else { return nil }
        let time = times[head]
        head += 1
        if head == times.count {
            removeAll()
        } else if head >= 1024, head * 2 >= times.count {
            // With --rate there may never be a moment without a request under way.
            times.removeFirst(head)
            head = 0
        }
        return time
    }

    mutating func removeAll() {
        times.removeAll(keepingCapacity: true)
        head = 0
    }
}
