import Testing

@testable import MillpondPools

/// Random events in random order, and after each of them everything that must hold.
@Suite("Connection pool: what always holds", .timeLimit(.minutes(5)))
struct ConnectionPoolPropertyTests {
    static func options(_ random: inout Random) -> ConnectionPoolOptions {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        return ConnectionPoolOptions(
            maximumOpen: number(1...8), maximumOpenPerKey: number(1...5), maximumIdle: number(0...6),
            maximumIdlePerKey: number(0...4), minimumOpenPerKey: Bool.random(using: &random) ? 0 : number(0...2),
            maximumDialing: number(1...6), maximumWaiters: number(0...12),
            dialTimeout: .nanoseconds(number(1...40) * 1_000_000),
            idleTimeout: number(0...3) == 0 ? nil : .milliseconds(number(1...50)),
            maximumLifetime: number(0...3) == 0 ? nil : .milliseconds(number(1...80)), lifetimeJitter: 0.5,
            maintenanceInterval: .milliseconds(number(1...10)), initialBackoff: .milliseconds(number(1...5)),
            maximumBackoff: .milliseconds(20), seed: random.next())
    }

    @Test("nothing is lost, given twice or forgotten, and no limit exceeded", arguments: 0..<16)
    func interleavings(batch: Int) async {
        for round in 0..<128 {
            // Other tests run beside this one.
            await Task.yield()
            let seed = UInt64(batch * 1000 + round)
            var random = Random(seed: seed)
            var model = ConnectionPoolModel(Self.options(&random))
            let keys = Int.random(in: 1...4, using: &random)
            for step in 0..<64 {
                Self.randomEvent(&model, keys, &random)
                model.checkInvariants()
                guard model.problems.isEmpty else {
                    Issue.record("seed \(seed), step \(step): \(model.problems)")
                    return
                }
            }
            Self.end(&model)
            model.checkInvariants()
            let (problems, isDrained, report) = (model.problems, model.isDrained, model.state.report())
            #expect(problems.isEmpty, "seed \(seed): \(problems)")
            #expect(isDrained, "seed \(seed): the pool does not end")
            #expect(report.open == 0 && report.keys == 0, "seed \(seed)")
        }
    }

    static func randomEvent(_ model: inout ConnectionPoolModel, _ keys: Int, _ random: inout Random) {
        let key = Int.random(in: 0..<keys, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<34: model.acquire(key, timeout: UInt64.random(in: 0...60_000_000, using: &random))
        case 34..<38:
            if let connection = model.served.keys.sorted().randomElement(using: &random) { model.refuse(connection) }
        case 38..<54:
            if let connection = model.leased.keys.sorted().randomElement(using: &random) {
                let isBroken = Int.random(in: 0..<6, using: &random) == 0
                model.giveBack(connection, closing: isBroken ? .discarded : nil)
            }
        case 54..<72:
            if let dial = Self.pick(model.dialing.keys, &random) {
                let isCancelled = model.cancelledDials.contains(dial)
                model.finishDial(dial, succeeds: !isCancelled && Int.random(in: 0..<4, using: &random) > 0)
            }
        case 72..<78:
            if let waiter = Self.pick(model.deadlines.keys, &random) { model.cancel(waiter) }
        case 78..<83:
            let known = model.state.connections.indices.randomElement(using: &random)
            if let index = known {
                model.die(PoolID(index: Int32(index), generation: model.state.connections[index].generation))
            }
        case 83..<90: model.tick(after: UInt64.random(in: 1...5_000_000, using: &random))
        case 90..<97:
            if let id = Self.pick(model.closing, &random) { model.finishClosing(id) }
        case 97: Bool.random(using: &random) ? model.warm(key) : model.dropIdle()
        case 98: model.tick(after: 100_000_000)
        default:
            // Some runs end early, with all the rest still happening.
            if Int.random(in: 0..<8, using: &random) == 0 { model.close() }
        }
    }

    static func pick(_ ids: some Collection<PoolID>, _ random: inout Random) -> PoolID? {
        ids.sorted { ($0.index, $0.generation) < ($1.index, $1.generation) }.randomElement(using: &random)
    }

    /// Closes, and lets everything under way come to its end.
    static func end(_ model: inout ConnectionPoolModel) {
        model.close()
        model.awaitEnd()
        for dial in Array(model.dialing.keys) { model.finishDial(dial, succeeds: dial.index % 2 == 0) }
        for connection in Array(model.leased.keys) { model.giveBack(connection) }
        for id in Array(model.closing) { model.finishClosing(id) }
    }

    @Test("every waiter is served in the end when connections come back and dials succeed", arguments: 0..<8)
    func progress(batch: Int) async {
        for round in 0..<50 {
            await Task.yield()
            let seed = UInt64(batch * 1000 + round)
            var random = Random(seed: seed)
            var options = Self.options(&random)
            options.maximumWaiters = 100
            options.dialTimeout = .seconds(1000)
            var model = ConnectionPoolModel(options)
            for _ in 0..<60 { model.acquire(Int.random(in: 0..<4, using: &random), timeout: 1 << 60) }
            let lent = model.leased.count
            for _ in 0..<1000 where !model.deadlines.isEmpty {
                if let dial = Self.pick(model.dialing.keys, &random),
                    Bool.random(using: &random) || model.leased.isEmpty
                {
                    model.finishDial(dial, succeeds: true)
                } else if let connection = model.leased.keys.sorted().randomElement(using: &random) {
                    model.giveBack(connection)
                }
                model.checkInvariants()
            }
            let (problems, waiting, served) = (model.problems, model.deadlines.count, model.granted + lent)
            #expect(problems.isEmpty, "seed \(seed): \(problems)")
            #expect(waiting == 0, "seed \(seed): \(waiting) wait for ever")
            #expect(served == 60, "seed \(seed)")
        }
    }
}
