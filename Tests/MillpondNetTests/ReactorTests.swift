import Glibc
import MillpondIO
import TestSupport
import Testing

@testable import MillpondNet

@Suite(.timeLimit(.minutes(5))) struct ReactorTests {
    @Test func tasksAndTheirChildrenStayOnTheReactor() async throws {
        try await withGroup(2) { group in
            for reactor in group.reactors {
                try await reactor.run {
                    #expect(reactor.isCurrent)
                    async let child = reactor.isCurrent
                    #expect(await child)
                    try await reactor.sleep(for: .milliseconds(2))
                    #expect(reactor.isCurrent)
                    let counter = Counter()
                    #expect(await counter.increment(on: reactor))
                    let pinned = PinnedCounter(group.reactors[0])
                    #expect(await pinned.increment())
                    #expect(reactor.isCurrent)
                }
            }
        }
    }

    @Test func runStartsOnTheReactorFromAnywhereAndPassesOnErrorsAndCancellation() async throws {
        struct Refusal: Error {}
        try await withGroup(2) { group in
            let (first, second) = (group.reactors[0], group.reactors[1])
            for _ in 0..<2000 {
                #expect(await first.run { first.isCurrent })
                // From a reactor to the other, and to itself.
                #expect(await first.run { await second.run { second.isCurrent } && first.isCurrent })
                #expect(await first.run { await first.run { first.isCurrent } })
            }
            await #expect(throws: Refusal.self) { try await first.run { throw Refusal() } }
            let waiting = Task { try await first.run { try await first.sleep(for: .seconds(1000)) } }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    /// Nobody would wake them any more. One that sleeps again and again does not keep the thread for ever.
    @Test func tasksThatSleepEndWithTheirReactor() async throws {
        let group = try ReactorGroup(count: 1)
        let reactor = group.reactors[0]
        let once = Task(executorPreference: reactor) { try await reactor.sleep(for: .seconds(3600)) }
        let rounds = Counter()
        let stubborn = Task(executorPreference: reactor) {
            for _ in 0..<2000 {
                await rounds.add()
                try? await reactor.sleep(for: .seconds(3600))
            }
        }
        let lookUp = Task(executorPreference: reactor) {
            // Looked up, or cut off: it ends.
            _ = try? await Resolver.resolve(host: "localhost", port: 1)
        }
        while await rounds.value == 0 { await Task.yield() }
        await group.shutdown()
        await #expect(throws: CancellationError.self) { try await once.value }
        await lookUp.value
        #expect(await rounds.value > 1)
        stubborn.cancel()
        await stubborn.value
        // The thread is gone; the task that comes now learns that.
        let late = Task(executorPreference: reactor) { try await reactor.sleep(for: .seconds(3600)) }
        await #expect(throws: CancellationError.self) { try await late.value }
    }

    actor Counter {
        var value = 0
        func add() { value += 1 }
        func increment(on reactor: Reactor) -> Bool {
            value += 1
            return reactor.isCurrent
        }
    }

    actor PinnedCounter {
        let reactor: Reactor
        var value = 0
        init(_ reactor: Reactor) { self.reactor = reactor }
        nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.serialExecutor.asUnownedSerialExecutor() }
        func increment() -> Bool {
            value += 1
            preconditionIsolated()
            return reactor.isCurrent
        }
    }

    @Test func sleepersWakeInOrderAndNotEarly() async throws {
        try await withGroup(1) { group in
            let reactor = group.reactors[0]
            let order = Journal()
            await withTaskGroup(of: Void.self) { tasks in
                for delay in [30, 10, 20, 1, 40] {
                    tasks.addTask(executorPreference: reactor) {
                        let clock = ContinuousClock()
                        let start = clock.now
                        try? await reactor.sleep(for: .milliseconds(delay))
                        #expect(clock.now - start >= .milliseconds(delay - 1))
                        order.note("\(delay)")
                    }
                }
            }
            #expect(order.all == ["1", "10", "20", "30", "40"])
        }
    }

    @Test func cancellingWakesASleeperAndAReader() async throws {
        try await withGroup(2) { group in
            let server = TCPServer(group: group, handler: echo)
            let address = try server.start(on: .loopback(port: 0))
            for reactor in group.reactors {
                let sleeper = Task(executorPreference: reactor) { try await reactor.sleep(for: .seconds(1000)) }
                let reader = Task(executorPreference: reactor) {
                    var connection = try await TCPConnection.connect(to: address)
                    _ = try await connection.reader.readByte()
                }
                try await Task.sleep(for: .milliseconds(30))
                sleeper.cancel()
                reader.cancel()
                await #expect(throws: CancellationError.self) { try await sleeper.value }
                await #expect(throws: CancellationError.self) { try await reader.value }
                let late = Task(executorPreference: reactor) {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await reactor.sleep(for: .seconds(1000))
                }
                await #expect(throws: CancellationError.self) { try await late.value }
            }
            await server.drain()
            // A connection is counted until its reactor's turn ends, a moment after its task has.
            #expect(await eventually { group.reactors.allSatisfy { $0.statistics.connections == 0 } })
        }
    }

    @Test func connectingToNobodySaysWhoAndWhy() async throws {
        try await withGroup(1) { group in
            // A port that was free a moment ago.
            let server = TCPServer(group: group, handler: echo)
            let address = try server.start(on: .loopback(port: 0))
            await server.drain()
            await group.reactors[0].run {
                let error = await #expect(throws: IOError.self) { _ = try await Channel.connect(to: address) }
                #expect(error?.errno == ECONNREFUSED)
                #expect(error?.description.contains(address.description) == true)
            }
        }
    }

    @Test func aPortInUseIsAnError() async throws {
        let holder = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(holder) }
        let code = try SocketAddress.loopback(port: 0).withSockaddr { bind(holder, $0, $1) }
        #expect(code == 0 && listen(holder, 1) == 0)
        let taken = try #require(SocketAddress.local(of: holder))
        try await withGroup(2) { group in
            let server = TCPServer(group: group, handler: echo)
            let error = #expect(throws: IOError.self) { try server.start(on: taken) }
            #expect(error?.errno == EADDRINUSE)
            // Two servers of this library must not share a port unnoticed either.
            let first = try TCPServer(group: group, handler: echo).start(on: .loopback(port: 0))
            #expect(throws: IOError.self) { try TCPServer(group: group, handler: echo).start(on: first) }
        }
    }

    @Test func theConnectionLimitHoldsAndLetsTheNextInLater() async throws {
        try await withGroup(2) { group in
            var options = TCPServerOptions()
            options.maximumConnections = 3
            let server = TCPServer(group: group, options: options, handler: echo)
            let address = try server.start(on: .loopback(port: 0))
            do {
                let first = try BlockingPeer(address), second = try BlockingPeer(address)
                let third = try BlockingPeer(address), fourth = try BlockingPeer(address)
                for _ in 0..<100 where server.acceptedCount < 3 { usleep(5000) }
                usleep(100_000)
                #expect(server.connectionCount == 3)
                #expect(server.acceptedCount == 3)
                first.finish()
                second.finish()
                third.finish()
                fourth.finish()
                // Whichever of the four had to wait comes in now.
                for _ in 0..<1000 where server.acceptedCount < 4 { usleep(5000) }
            }
            await server.drain()
            #expect(server.acceptedCount == 4)
        }
    }

    @Test func namesAreResolvedOffTheReactor() async throws {
        try await withGroup(1) { group in
            try await group.reactors[0].run {
                let addresses = try await Resolver.resolve(host: "localhost", port: 80)
                #expect(addresses.contains { $0.isLoopback && $0.port == 80 })
                let error = await #expect(throws: ResolverError.self) {
                    _ = try await Resolver.resolve(host: "no-such-host.invalid", port: 80)
                }
                #expect(error?.host == "no-such-host.invalid")
            }
        }
    }

    @Test func addressesAreParsedAndPrinted() {
        #expect(SocketAddress(host: "127.0.0.1", port: 80)?.description == "127.0.0.1:80")
        #expect(SocketAddress(host: "[::1]", port: 80)?.description == "[::1]:80")
        #expect(SocketAddress(host: "fe80::1%2", port: 9)?.description == "[fe80::1%2]:9")
        #expect(SocketAddress(host: "localhost", port: 80) == nil)
        #expect(SocketAddress(host: "256.0.0.1", port: 80) == nil)
        #expect(SocketAddress(host: "::ffff:127.0.0.1", port: 1)?.isLoopback == true)
        #expect(SocketAddress(host: "127.9.9.9", port: 1)?.isLoopback == true)
        #expect(SocketAddress(host: "10.0.0.1", port: 1)?.isLoopback == false)
        #expect(SocketAddress.unix(path: "/tmp/x").description == "unix:/tmp/x")
    }
}
