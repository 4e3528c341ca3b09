import Glibc
import MillpondNet
import Synchronization
import TestSupport

@testable import MillpondChat

/// Keeps a thread of the server busy until it is opened, for ten seconds at most.
final class Gate: Sendable {
    private let isOpen = Atomic(false)
    private let isReached = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() {
        isReached.store(true, ordering: .releasing)
        // The thread is to be blocked.
        for _ in 0..<10_000 where !isOpen.load(ordering: .acquiring) { usleep(1000) }
    }

    /// One that the store's writer waits at.
    static func holding(_ server: TestServer) async throws -> Gate {
        let gate = Gate()
        Task { try await server.chat.gateway.store.perform { _, _ in gate.wait() } }
        let isReached = await eventually { gate.isReached.load(ordering: .acquiring) }
        return isReached ? gate : try { throw StoreError(.overloaded, "the writer did not come to the gate") }()
    }
}

extension TestServer {
    /// A client on another reactor than an account that is signed in.
    func clientElsewhere(than account: String, _ transport: TestClient.Transport = .stream) async throws
        -> (client: TestClient, account: String)
    {
        let directory = chat.gateway.directory
        for number in 0..<100 {
            let name = "elsewhere\(number)"
            let client = try await TestClient.signedIn(name, self, transport)
            if directory[name]?.channel.reactor !== directory[account]?.channel.reactor { return (client, name) }
        }
        throw StoreError(.overloaded, "no connection on another reactor")
    }

    /// A figure of the metrics.
    func figure(_ name: String) -> Int? {
        let line = chat.metrics().body.split(separator: "\n").first { $0.hasPrefix("millpond_\(name) ") }
        return line?.split(separator: " ").last.flatMap { Int($0) }
    }
}
